import { expect, it } from 'vitest';
import { describeTiers, differingBits } from '../../helpers.ts';
import { dropoutFactor } from '../../train/oracle.ts';
import { kernels } from '../harness.ts';

const { fround } = Math;

describeTiers('gradient/dropout', (tier) => {
  it('dropout drops its share and scales the rest, by the place and the seed alone', async () => {
    const kernel = await kernels(tier);
    const count = 40_000;
    const factors = (rate: number, seed: number, site = 0, layer = 0, first = 0) => {
      kernel.floats(kernel.base, count).fill(1);
      kernel.run.setDropout!(rate, seed);
      kernel.run.dropout!(kernel.base, count, site, layer, first);
      return kernel.floats(kernel.base, count).slice();
    };
    for (const rate of [0, 0.1, 0.5, 0.9]) {
      const got = factors(rate, 7);
      const dropped = got.filter((value) => value === 0).length / count;
      expect(Math.abs(dropped - rate)).toBeLessThanOrEqual(4 * Math.sqrt((rate * (1 - rate)) / count));
      const kept = fround(1 / fround(1 - fround(rate)));
      expect(got.every((value) => value === 0 || value === kept)).toBe(true);
      const expected = got.map((_, i) => dropoutFactor({ rate, seed: 7 }, 0, 0, i));
      expect(differingBits(got, expected)).toBe(0);
    }
    const first = factors(0.3, 7);
    expect(differingBits(factors(0.3, 7), first)).toBe(0);
    expect(differingBits(factors(0.3, 7, 0, 0, 4000).subarray(0, 100), first.subarray(4000, 4100))).toBe(0);
    // Independent masks agree by chance: in 0.7² + 0.3² of all.
    const all = [first, factors(0.3, 8), factors(0.3, 0xffffffff), factors(0.3, 7, 3), factors(0.3, 7, 3, 1)];
    for (const [i, mask] of all.entries()) {
      for (const other of all.slice(0, i)) {
        const same = mask.filter((value, index) => value === other[index]).length / count;
        expect(Math.abs(same - 0.58)).toBeLessThan(4 * Math.sqrt((0.58 * 0.42) / count));
      }
    }
  });
});
