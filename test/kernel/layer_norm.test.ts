import { expect, it } from 'vitest';
import { describeTiers, difference, Random } from '../helpers.ts';
import { kernels, normals, padded } from './harness.ts';

describeTiers('layer_norm', (tier) => {
  it('layerNorm agrees with float64 for every width, with and without residual', async () => {
    const kernel = await kernels(tier);
    const random = new Random(2);
    for (let size = 1; size <= 50; size++) {
      const width = padded(size);
      const [x, residual, weight, bias, out] = [0, 1, 2, 3, 4].map((i) => kernel.base + i * 4096) as [
        number,
        number,
        number,
        number,
        number,
      ];
      for (const at of [weight, bias, x, residual]) {
        kernel.floats(at, width * 3).fill(0);
        const rows = at === weight || at === bias ? 1 : 3;
        for (let row = 0; row < rows; row++)
          kernel.floats(at + row * width * 4, size).set(normals(random, size, 2));
      }
      for (const [left, right] of [
        [x, 0],
        [x, residual],
      ] as const) {
        const numbers = (at: number, row: number) => Array.from(kernel.floats(at + row * width * 4, size));
        const expected = [0, 1, 2].flatMap((row) => {
          const sum = numbers(left, row).map((value, i) => value + (right ? numbers(right, row)[i]! : 0));
          const mean = sum.reduce((total, value) => total + value, 0) / size;
          const variance = sum.reduce((total, value) => total + (value - mean) ** 2, 0) / size;
          return sum.map(
            (value, i) =>
              ((value - mean) / Math.sqrt(variance + 0.01)) * numbers(weight, 0)[i]! + numbers(bias, 0)[i]!,
          );
        });
        kernel.floats(out, width * 3).fill(9);
        kernel.run.layerNorm!(left, right, 3, size, weight, bias, 0.01, out);
        expect(
          difference(
            [0, 1, 2].flatMap((row) => numbers(out, row)),
            expected,
          ),
        ).toBeLessThan(4e-6);
        for (let row = 0; row < 3; row++) {
          expect(
            kernel.floats(out + (row * width + size) * 4, width - size).every((value) => value === 0),
          ).toBe(true);
        }
      }
    }
  });

  it('layerNorm gives NaN where squares overflow, and not the bias', async () => {
    const kernel = await kernels(tier);
    const [x, one, zero] = [0, 4096, 8192].map((at) => kernel.base + at) as [number, number, number];
    kernel.floats(x, 16).set([1e20, -1e20, 3e20, 5e19]);
    kernel.floats(one, 16).fill(1);
    kernel.floats(zero, 16).fill(0);
    kernel.run.layerNorm!(x, 0, 1, 4, one, zero, 1e-5, x);
    expect(kernel.floats(x, 4).every(Number.isNaN)).toBe(true);
  });
});
