import { defineConfig } from 'vitest/config';
import { projects } from './test/projects.ts';

// Two workers: the machines that run this have two cores.
export default defineConfig({ test: { projects, maxWorkers: 2 } });
