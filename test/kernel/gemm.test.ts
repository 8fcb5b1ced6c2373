import { expect, it } from 'vitest';
import { describeTiers, Random } from '../helpers.ts';
import { kernels, normals } from './harness.ts';

const { fround } = Math;

describeTiers('gemm', (tier) => {
  it('are multiplied in the order of k, whatever the tile: every bit as one by one', async () => {
    const kernel = await kernels(tier);
    const random = new Random(4);
    const [a, b, bias, c] = [0, 1 << 16, 2 << 16, 3 << 16].map((at) => kernel.base + at) as [
      number,
      number,
      number,
      number,
    ];
    for (const panels of [1, 3]) {
      for (const k of [1, 2, 3, 5, 16, 31, 64]) {
        for (const m of [1, 2, 3, 5]) {
          const n = panels * 16;
          const [A, B, C0] = [normals(random, m * k), normals(random, k * n), normals(random, n)];
          const stride = k + 3;
          for (let row = 0; row < m; row++)
            kernel.floats(a + row * stride * 4, k).set(A.subarray(row * k, (row + 1) * k));
          for (let i = 0; i < k; i++) {
            for (let j = 0; j < n; j++)
              kernel.floats(b, k * n)[(j >> 4) * k * 16 + i * 16 + (j & 15)] = B[i * n + j]!;
          }
          kernel.floats(bias, n).set(C0);
          kernel.run.multiply!(a, stride * 4, m, k, b, panels, bias, c, (n + 4) * 4);
          for (let row = 0; row < m; row++) {
            const expected = C0.map((start, j) => {
              let sum = start;
              for (let i = 0; i < k; i++) sum = fround(sum + fround(A[row * k + i]! * B[i * n + j]!));
              return sum;
            });
            expect(kernel.floats(c + row * (n + 4) * 4, n)).toEqual(expected);
          }
        }
      }
    }
  });
});
