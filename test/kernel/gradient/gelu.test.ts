import { expect, it } from 'vitest';
import { erf } from '../../../src/backend/float64.ts';
import { describeTiers, difference, differingBits } from '../../helpers.ts';
import { kernels, spread } from '../harness.ts';

describeTiers('gradient/gelu', (tier) => {
  it("GELU's derivative is within 3e-6 of Φ(x) + x · φ(x), beside its value, and multiplies the gradient", async () => {
    const kernel = await kernels(tier);
    const special = [0, -0, 1e-38, -1e-45, 60, -60];
    const x = Float32Array.of(...special, ...spread(-10, 10, 20_001), ...spread(-1e-3, 1e-3, 1001));
    const count = x.length & ~3;
    const other = kernel.base + (1 << 21);
    kernel.floats(kernel.base, count).set(x.subarray(0, count));
    kernel.run.geluKeeping!(kernel.base, other, count);
    const slopes = kernel.floats(kernel.base, count).slice();
    const values = kernel.floats(other, count).slice();
    expect(difference(values, kernel.map('geluInPlace', x.subarray(0, count)))).toBeLessThan(1.2e-7);
    const worst = slopes.reduce((most, got, i) => {
      const value = x[i]!;
      const density = Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI);
      const exact = 0.5 * (1 + erf(value / Math.SQRT2)) + value * density;
      return Math.max(most, Math.abs(got - exact));
    }, 0);
    expect(worst).toBeLessThan(3e-6);
    for (const slope of slopes.subarray(0, 2)) expect(slope).toBeCloseTo(0.5, 5);
    kernel.floats(kernel.base, count).set(slopes);
    kernel.floats(other, count).fill(-2);
    kernel.run.multiplyInPlace!(other, kernel.base, count);
    const doubled = slopes.map((slope) => slope * -2);
    expect(differingBits(kernel.floats(other, count).slice(), doubled)).toBe(0);
  });
});
