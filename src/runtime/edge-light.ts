// Vercel's edge runtime: it compiles no wasm from bytes, and takes .wasm files as modules. All that a function imports
// are compiled as it starts, and a local server on Node 20 cannot compile the relaxed one: it is left out.

import { HashformerError } from '../errors.ts';
import { importedWasm } from './modules.ts';
import type { Runtime } from './runtime.ts';
import { model, read, write } from './web.ts';

export const runtime: Runtime = {
  wasm: async (tier) => {
    if (tier !== 'relaxed') return importedWasm(tier);
    throw new HashformerError(
      'tier',
      'The tier "relaxed" is not in the build for Vercel\'s edge; use simd, or hashformer/core with hashformer/wasm/relaxed.wasm?module.',
    );
  },
  model,
  read,
  write,
};
