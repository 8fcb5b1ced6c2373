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

/** The parsed config.json of a shipped model. */
export async function inlinedConfig(name: ShippedModel): Promise<unknown> {
  const config = name === 'sentiment' ? import('#config/sentiment') : import('#config/sentence');
  return (await config).default;
}

/** A shipped model, its weights in base64. */
export async function inlinedModel(name: ShippedModel): Promise<{ config: unknown; weights: string }> {
  return name === 'sentiment' ? await import('#models/sentiment') : await import('#models/sentence');
}
