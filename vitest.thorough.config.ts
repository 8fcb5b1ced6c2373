import { defineConfig } from 'vitest/config';
import { thoroughProjects } from './test/projects.ts';

export default defineConfig({ test: { projects: thoroughProjects, maxWorkers: 2 } });
