import { expect, it } from 'vitest';
import { describeTiers, difference, Random } from '../helpers.ts';
import { kernels, normals, spread } from './harness.ts';

describeTiers('softmax', (tier) => {
  it('softmax sums to 1, and touches nothing beyond the next multiple of four', async () => {
    const kernel = await kernels(tier);
    const random = new Random(1);
    for (let count = 1; count <= 70; count++) {
      for (const scale of [1, 0.25]) {
        const row = kernel.floats(kernel.base, 80).fill(7);
        const x = normals(random, count, 4);
        row.set(x);
        kernel.run.softmaxRow!(kernel.base, count, scale);
        const largest = Math.max(...x);
        const powers = Array.from(x, (value) => Math.exp((value - largest) * scale));
        const total = powers.reduce((sum, value) => sum + value, 0);
        expect(
          difference(
            row.subarray(0, count),
            powers.map((value) => value / total),
          ),
        ).toBeLessThan(5e-7);
        const end = (count + 3) & ~3;
        expect(row.subarray(count, end).every((value) => value === 0)).toBe(true);
        expect(row.subarray(end).every((value) => value === 7)).toBe(true);
      }
    }
    const extremes = kernel.floats(kernel.base, 4);
    extremes.set([3.4e38, -3.4e38, 3.4e38, 0]);
    kernel.run.softmaxRow!(kernel.base, 4, 1);
    expect(difference(extremes, [0.5, 0, 0.5, 0])).toBeLessThan(1e-7);
  });

  it('sigmoid is within 2e-7, from 0 to 1', async () => {
    const kernel = await kernels(tier);
    const x = Float32Array.of(...spread(-30, 30, 100_000), -3.4e38, -100, 100, 3.4e38);
    const y = kernel.map('sigmoidInPlace', x);
    expect(
      difference(
        y,
        x.map((z) => 1 / (1 + Math.exp(-z))),
      ),
    ).toBeLessThan(2e-7);
    expect(y.every((p) => p >= 0 && p <= 1)).toBe(true);
  });
});
