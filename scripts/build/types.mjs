// Declarations of what the package exports.

import { rm, writeFile } from 'node:fs/promises';
import { at, runProgram } from './paths.mjs';

/** hashformer/js is a CommonJS module, and so are its declarations; what they tell stands in those of its sources. */
const JS_TYPES = `import type * as js from '../types/src/js/index.d.ts' with { 'resolution-mode': 'import' };
export type * from '../types/src/js/index.d.ts' with { 'resolution-mode': 'import' };
export declare const load: typeof js.load;
export declare const HashformerError: typeof js.HashformerError;
export type HashformerError = js.HashformerError;
`;

/** Writes dist/types/, and checks the sources by the way. */
export async function buildTypes() {
  await rm(at('dist', 'types'), { recursive: true, force: true });
  runProgram('typescript', 'bin/tsc', '--project', 'tsconfig.build.json');
  // Beside the bundles, for who imports the files themselves, as benchmarks do.
  await writeFile(at('dist', 'node', 'index.d.ts'), "export * from '../types/src/index.d.ts';\n");
  await writeFile(at('dist', 'js', 'index.d.ts'), JS_TYPES);
  await writeFile(at('dist', 'node', 'train.d.ts'), "export * from '../types/src/train/train.d.ts';\n");
}
