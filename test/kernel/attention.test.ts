import { expect, it } from 'vitest';
import { describeTiers, difference, Random } from '../helpers.ts';
import { kernels, normals, padded } from './harness.ts';

describeTiers('attention', (tier) => {
  it('of attention agree with float64 for every length and head size', async () => {
    const kernel = await kernels(tier);
    const random = new Random(7);
    const at = (i: number) => kernel.base + (i << 17);
    const [zeros, scores, keys, values] = [at(4), at(5), at(6), at(7)];
    kernel.floats(zeros, 1024).fill(0);
    kernel.run.setZeros!(zeros);
    for (const length of [1, 2, 15, 16, 17, 31, 32, 33, 70]) {
      for (const size of [1, 4, 6, 15, 16, 17, 40]) {
        const width = padded(size);
        const parts = [0, 1, 2].map((i) => {
          const rows = Array.from({ length }, () => normals(random, size, 1.5));
          kernel.floats(at(i), length * width).fill(0);
          for (const [row, numbers] of rows.entries())
            kernel.floats(at(i) + row * width * 4, size).set(numbers);
          return rows;
        }) as [Float32Array[], Float32Array[], Float32Array[]];
        kernel.run.attend!(
          at(0),
          at(1),
          at(2),
          width * 4,
          length,
          size,
          width,
          32,
          scores,
          keys,
          values,
          at(3),
          width * 4,
        );
        for (const [row, query] of parts[0].entries()) {
          const products = parts[1].map(
            (key) => key.reduce((sum, x, i) => sum + x * query[i]!, 0) / Math.sqrt(size),
          );
          const largest = Math.max(...products);
          const powers = products.map((x) => Math.exp(x - largest));
          const total = powers.reduce((sum, x) => sum + x, 0);
          const expected = Array.from({ length: size }, (_, i) =>
            parts[2].reduce((sum, value, t) => sum + (powers[t]! / total) * value[i]!, 0),
          );
          expect(difference(kernel.floats(at(3) + row * width * 4, size), expected)).toBeLessThan(3e-6);
        }
      }
    }
  });
});
