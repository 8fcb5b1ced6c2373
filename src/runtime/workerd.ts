// Cloudflare Workers: they compile no wasm from bytes, and take .wasm and .bin files as modules.

import { inlinedConfig } from './inlined.ts';
import { importedWasm } from './modules.ts';
import type { Runtime } from './runtime.ts';
import { runtime as web } from './web.ts';

export const runtime: Runtime = {
  ...web,
  wasm: importedWasm,
  model: async (name) => {
    const weights = name === 'sentiment' ? import('#weights/sentiment') : import('#weights/sentence');
    return { config: await inlinedConfig(name), weights: new Uint8Array((await weights).default) };
  },
};
