// Cloudflare Workers: they compile no wasm from bytes, and take .wasm and .bin files as modules.

import { inlinedConfig } from './inlined.ts';
import { importedWasm } from './modules.ts';
import type { Runtime, ShippedModel } from './runtime.ts';
import { read, write } from './web.ts';

const WEIGHTS = {
  sentiment: () => import('#weights/sentiment'),
  sentence: () => import('#weights/sentence'),
} as const satisfies Record<ShippedModel, unknown>;

export const runtime: Runtime = {
  wasm: async (tier) =>
    tier === 'relaxed' ? (await import('#wasm-module/relaxed')).default : importedWasm(tier),
  model: async (name) => {
    const weights = WEIGHTS[name]();
    return { config: await inlinedConfig(name), weights: new Uint8Array((await weights).default) };
  },
  read,
  write,
};
