import { readFileSync } from 'node:fs';
import type { LoadOptions } from '../src/index.ts';

/** Whether this engine validates the relaxed tier (Node 20 does not). */
const relaxed = WebAssembly.validate(readFileSync(new URL('../dist/wasm/relaxed.wasm', import.meta.url)));

export interface Target {
  readonly name: string;
  readonly options: LoadOptions;
  /** Why the target cannot be tested here, or ''. */
  readonly missing: string;
}

/** Everything that computes: the three wasm tiers and the float64 oracle. */
export const targets: readonly Target[] = [
  { name: 'simd', options: { tier: 'simd' }, missing: '' },
  { name: 'scalar', options: { tier: 'scalar' }, missing: '' },
  {
    name: 'relaxed',
    options: { tier: 'relaxed' },
    missing: relaxed
      ? ''
      : `Node ${process.versions.node} has no relaxed SIMD; npm test runs this under Node 24 too`,
  },
  { name: 'reference', options: { backend: 'reference' }, missing: '' },
];
