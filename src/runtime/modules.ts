import type { Tier } from '../backend/tier.ts';

/** A tier where wasm is compiled when it is deployed, and imported as a module. */
export async function importedWasm(tier: Tier): Promise<WebAssembly.Module> {
  switch (tier) {
    case 'simd':
      return (await import('#wasm-module/simd')).default;
    case 'relaxed':
      return (await import('#wasm-module/relaxed')).default;
    case 'scalar':
      return (await import('#wasm-module/scalar')).default;
  }
}
