// Declarations of what the package exports.

import { rm } from 'node:fs/promises';
import { at, runProgram } from './paths.mjs';

/** Writes dist/types/, and checks the sources by the way. */
export async function buildTypes() {
  await rm(at('dist', 'types'), { recursive: true, force: true });
  runProgram('typescript', 'bin/tsc', '--project', 'tsconfig.build.json');
}
