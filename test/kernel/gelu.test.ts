import { expect, it } from 'vitest';
import { erf } from '../../src/backend/float64.ts';
import { describeTiers } from '../helpers.ts';
import { kernels, spread } from './harness.ts';

const { fround } = Math;

describeTiers('gelu', (tier) => {
  it('GELU is within 3e-7 of x · Φ(x), and right for the largest numbers', async () => {
    const kernel = await kernels(tier);
    const x = Float32Array.of(
      ...spread(-12, 12, 100_001),
      ...spread(-1e-3, 1e-3, 1001),
      1e-38,
      -1e-45,
      -0,
      0,
    );
    const y = kernel.map('geluInPlace', x);
    const worst = y.reduce((most, got, i) => {
      const exact = 0.5 * x[i]! * (1 + erf(x[i]! / Math.SQRT2));
      return Math.max(most, Math.abs(got - exact) / Math.max(1, Math.abs(exact)));
    }, 0);
    expect(worst).toBeLessThan(3e-7);
    const large = [20, 1e4, 1e30, 3.4e38];
    expect([...kernel.map('geluInPlace', large)]).toEqual(large.map(fround));
    expect(
      kernel
        .map(
          'geluInPlace',
          large.map((z) => -z),
        )
        .every((z) => Math.abs(z) === 0),
    ).toBe(true);
    expect(kernel.map('geluInPlace', [Number.NEGATIVE_INFINITY, Number.NaN]).every(Number.isNaN)).toBe(true);
  });
});
