// Declarations of what the package exports.

import { rm, writeFile } from 'node:fs/promises';
import { at, runProgram } from './paths.mjs';

/** Writes dist/types/, and checks the sources by the way. */
export async function buildTypes() {
  await rm(at('dist', 'types'), { recursive: true, force: true });
  runProgram('typescript', 'bin/tsc', '--project', 'tsconfig.build.json');
  // Beside the bundles, for who imports the files themselves, as benchmarks do.
  await writeFile(at('dist', 'node', 'index.d.ts'), "export * from '../types/src/index.d.ts';\n");
  await writeFile(at('dist', 'js', 'index.d.ts'), "export * from '../types/src/js/index.d.ts';\n");
  await writeFile(at('dist', 'node', 'train.d.ts'), "export * from '../types/src/train/train.d.ts';\n");
}
