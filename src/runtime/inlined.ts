import type { ShippedModel } from './runtime.ts';
import type { Tier } from './tier.ts';

// Written out one by one so that bundlers see every file, and leave out none and take in none too many.

/** A tier in base64. */
export async function inlinedWasm(tier: Tier): Promise<string> {
  switch (tier) {
    case 'simd':
      return (await import('#wasm/simd')).default;
    case 'relaxed':
      return (await import('#wasm/relaxed')).default;
    case 'scalar':
      return (await import('#wasm/scalar')).default;
  }
}

const CONFIGS = {
  sentiment: () => import('#config/sentiment'),
  sentence: () => import('#config/sentence'),
} as const satisfies Record<ShippedModel, unknown>;
const MODELS = {
  sentiment: () => import('#models/sentiment'),
  sentence: () => import('#models/sentence'),
} as const satisfies Record<ShippedModel, unknown>;

/** The parsed config.json of a shipped model. */
export async function inlinedConfig(name: ShippedModel): Promise<unknown> {
  return (await CONFIGS[name]()).default;
}

/** A shipped model, its weights in base64. */
export function inlinedModel(name: ShippedModel): Promise<{ config: unknown; weights: string }> {
  return MODELS[name]();
}
