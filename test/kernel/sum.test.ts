import { expect, it } from 'vitest';
import { describeTiers, Random } from '../helpers.ts';
import { kernels, normals } from './harness.ts';

const { fround } = Math;

describeTiers('sum', (tier) => {
  it('sums add element i to partial sum i mod 4', async () => {
    const kernel = await kernels(tier);
    const random = new Random(3);
    for (let count = 1; count <= 40; count++) {
      const x = normals(random, count);
      for (const [name, term] of [
        ['sum', (value: number) => value],
        ['sumOfSquares', (value: number) => fround(value * value)],
      ] as const) {
        kernel.floats(kernel.base, 64).fill(0);
        kernel.floats(kernel.base, count).set(x);
        const partial = [0, 0, 0, 0];
        for (const [i, value] of x.entries()) partial[i % 4] = fround(partial[i % 4]! + term(value));
        const expected = fround(fround(partial[0]! + partial[1]!) + fround(partial[2]! + partial[3]!));
        expect(kernel.run[name]!(kernel.base, count)).toBe(expected);
      }
    }
  });

  it('dot adds product i to partial sum i mod 4', async () => {
    const kernel = await kernels(tier);
    const random = new Random(31);
    for (let count = 1; count <= 40; count++) {
      const [a, b] = [normals(random, count), normals(random, count)];
      const other = kernel.base + 1024;
      kernel.floats(kernel.base, 512).fill(0);
      kernel.floats(kernel.base, count).set(a);
      kernel.floats(other, count).set(b);
      const partial = [0, 0, 0, 0];
      for (const [i, x] of a.entries()) partial[i % 4] = fround(partial[i % 4]! + fround(x * b[i]!));
      const expected = fround(fround(partial[0]! + partial[1]!) + fround(partial[2]! + partial[3]!));
      expect(kernel.run.dot!(kernel.base, other, count)).toBe(expected);
    }
  });
});
