/** Builds of the wasm module: four lanes, four lanes that may fuse multiply and add, one lane. */
export const TIERS = ['simd', 'relaxed', 'scalar'] as const;
export type Tier = (typeof TIERS)[number];
