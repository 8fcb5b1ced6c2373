import { describe, expect, it } from 'vitest';
import { exp, log, log1p } from '../../src/train/numeric/exponential.ts';

const error = (got: number, expected: number) => Math.abs(got - expected) / Math.abs(expected);

/** The largest error, relative, at so many places of a range. */
function worst(from: number, to: number, ours: (x: number) => number, theirs: (x: number) => number): number {
  let most = 0;
  for (let i = 1; i <= 50_000; i++) {
    const x = from + ((to - from) * i) / 50_000;
    most = Math.max(most, error(ours(x), theirs(x)));
  }
  return most;
}

describe('powers and logarithms of evaluations', () => {
  it('are within 1e-15 of the engine’s', () => {
    expect(worst(0, -30, exp, Math.exp)).toBeLessThan(1e-15);
    expect(worst(0, -700, exp, Math.exp)).toBeLessThan(1e-15);
    expect(worst(0, 1, log1p, Math.log1p)).toBeLessThan(1e-15);
    expect(worst(0, 1e-9, log1p, Math.log1p)).toBeLessThan(1e-15);
    expect(worst(1, 3, log, Math.log)).toBeLessThan(1e-15);
    expect(worst(1, 1e6, log, Math.log)).toBeLessThan(1e-15);
  });

  it('are exact where they can be, and finite everywhere', () => {
    expect([exp(0), log(1), log1p(0), log(2)]).toEqual([1, 0, 0, Math.LN2]);
    expect([exp(-701), exp(Number.NEGATIVE_INFINITY)]).toEqual([0, 0]);
    expect(exp(-699)).toBeGreaterThan(0);
  });
});
