// Browsers, workers and whatever has fetch but no files: everything that ships is inlined, folders are addresses.

import { HashformerError } from '../errors.ts';
import { fromBase64 } from './base64.ts';
import { inlinedModel, inlinedWasm } from './inlined.ts';
import type { Runtime } from './runtime.ts';

export const runtime: Runtime = {
  wasm: async (tier) => fromBase64(await inlinedWasm(tier)),
  model: async (name) => {
    const { config, weights } = await inlinedModel(name);
    return { config, weights: fromBase64(weights) };
  },
  read: async (...request) => (await import('./fetch.ts')).fetchFile(...request),
  write: async (folder) => {
    throw new HashformerError(
      'source',
      `There is no file system here to write "${folder}" to; call save() without a target to get the bytes.`,
    );
  },
};
