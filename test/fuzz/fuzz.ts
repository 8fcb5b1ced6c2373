import { expect, inject } from 'vitest';
import { Random } from '../helpers.ts';

/** The whole number of rounds in `npm run fuzz`, else a tenth. */
export function rounds(whole: number): number {
  return inject('thorough') ? whole : Math.ceil(whole / 10);
}

/**
 * Runs a test with seeds 1, 2, …; what fails says its seed, with which it fails again alone: FUZZ_SEED=12 repeats
 * only that one.
 */
export async function fuzz(
  count: number,
  test: (random: Random, seed: number) => Promise<void>,
): Promise<void> {
  const only = process.env.FUZZ_SEED;
  const first = only === undefined ? 1 : Number(only);
  const last = only === undefined ? count : first;
  expect(last, 'rounds, or FUZZ_SEED').toBeGreaterThanOrEqual(first);
  for (let seed = first; seed <= last; seed++) {
    try {
      await test(new Random(seed * 7919), seed);
    } catch (cause) {
      throw new Error(`Seed ${seed} failed (FUZZ_SEED=${seed} repeats it): ${(cause as Error).message}`, {
        cause,
      });
    }
  }
}

export function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)]!;
}
