/** Builds of the wasm module: four lanes, four lanes that may fuse multiply and add, one lane. */
export const TIERS = ['simd', 'relaxed', 'scalar'] as const;
export type Tier = (typeof TIERS)[number];

/** What a caller may ask for: a tier, or the faster one of simd and scalar, measured. */
export const TIER_CHOICES = [...TIERS, 'fastest'] as const;
export type TierChoice = (typeof TIER_CHOICES)[number];

const NUMBERS = { scalar: 1, simd: 2, relaxed: 3 } as const satisfies Record<Tier, number>;

/** The tier of a module, which says it as a number. */
export function tierOf(number: number): Tier | undefined {
  return TIERS.find((tier) => NUMBERS[tier] === number);
}
