/** What a caller may ask for: a tier, or the faster one of simd and scalar, measured. */
export const TIER_CHOICES = ['simd', 'relaxed', 'scalar', 'fastest'] as const;
export type TierChoice = (typeof TIER_CHOICES)[number];

/** Builds of the wasm module: four lanes, four lanes that may fuse multiply and add, one lane. */
export type Tier = Exclude<TierChoice, 'fastest'>;
export const TIERS: readonly Tier[] = ['simd', 'relaxed', 'scalar'];

/** Tiers as modules number them, from 1. */
export const TIERS_BY_NUMBER: readonly Tier[] = ['scalar', 'simd', 'relaxed'];
