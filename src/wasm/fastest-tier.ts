import type { Tier } from '../runtime/tier.ts';
import type { Exports } from './exports.ts';

/** Tiers that give the same bits, the usually faster one first: it stays where the clock shows no difference. */
const CANDIDATES: readonly Tier[] = ['simd', 'scalar'];
/** A candidate is timed for so long, or for so many calls where the clock stands still (Cloudflare Workers). */
const MILLISECONDS = 1;
const MOST_CALLS = 1024;

/** Calls of the probe, two small matrix products, a millisecond. */
function speed({ probe }: Exports): number {
  const began = performance.now();
  let calls = 0;
  let elapsed = 0;
  for (let more = 1; elapsed < MILLISECONDS && calls < MOST_CALLS; more = calls) {
    for (let i = 0; i < more; i++) probe();
    calls += more;
    elapsed = performance.now() - began;
  }
  return calls / elapsed;
}

/**
 * The faster one of simd and scalar here, by a measurement of at most a few milliseconds: interpreters of wasm run scalar
 * code faster. The result may change from call to call where both are about as fast; the bits of results do not.
 *
 * @throws HashformerError `tier`: the engine has neither
 */
export async function fastestTier(instantiate: (tier: Tier) => Promise<{ exports: Exports }>): Promise<Tier> {
  const found: { tier: Tier; exports: Exports }[] = [];
  let problem: unknown;
  for (const tier of CANDIDATES) {
    try {
      found.push({ tier, exports: (await instantiate(tier)).exports });
    } catch (error) {
      problem = error;
    }
  }
  const [first, second] = found;
  if (first === undefined) throw problem;
  if (second === undefined) return first.tier;
  // A first round only warms up: engines compile what runs.
  speed(first.exports);
  speed(second.exports);
  return speed(second.exports) > speed(first.exports) ? second.tier : first.tier;
}
