import { randomInt } from 'node:crypto';
import { onTestFailed } from 'vitest';

/**
 * A seed for the running test, another one in every run. A test that fails says which it was, and with TEST_SEED set to
 * that number it is the same again.
 */
export function freshSeed(): number {
  const given = process.env.TEST_SEED;
  const seed = given === undefined ? randomInt(2 ** 31) : Number(given);
  onTestFailed(() => console.error(`The seed was ${seed}; TEST_SEED=${seed} repeats this.`));
  return seed;
}
