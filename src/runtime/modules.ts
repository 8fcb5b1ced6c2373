import type { Tier } from './tier.ts';

/** A tier that any engine runs, where wasm is compiled when it is deployed and imported as a module. */
export async function importedWasm(tier: Exclude<Tier, 'relaxed'>): Promise<WebAssembly.Module> {
  return (await (tier === 'simd' ? import('#wasm-module/simd') : import('#wasm-module/scalar'))).default;
}
