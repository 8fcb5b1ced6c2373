// Browsers, workers and whatever has fetch but no files: everything that ships is inlined, folders are addresses.

import { fromBase64 } from './base64.ts';
import { inlinedModel, inlinedWasm } from './inlined.ts';
import type { Runtime } from './runtime.ts';

/** Folders are addresses. */
export const read: Runtime['read'] = async (...request) => (await import('./fetch.ts')).fetchFile(...request);
export const write: Runtime['write'] = async (folder) => (await import('./fetch.ts')).refuseToWrite(folder);

export const model: Runtime['model'] = async (name) => {
  const { config, weights } = await inlinedModel(name);
  return { config, weights: fromBase64(weights) };
};

export const runtime: Runtime = {
  wasm: async (tier) => fromBase64(await inlinedWasm(tier)),
  model,
  read,
  write,
};
