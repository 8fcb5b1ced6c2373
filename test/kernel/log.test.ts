import { expect, it } from 'vitest';
import { describeTiers, Random } from '../helpers.ts';
import { kernels } from './harness.ts';

describeTiers('log', (tier) => {
  it('is within 1 ulp over all positive normal numbers, and close to 1', async () => {
    const { log } = (await kernels(tier)).run;
    const random = new Random(33);
    const fraction = () => 1 + random.below(2 ** 26) / 2 ** 26;
    const numbers = [
      ...Array.from({ length: 2046 * 8 }, (_, i) => fraction() * 2 ** ((i % 2046) - 1022)),
      ...Array.from({ length: 2000 }, (_, i) => 1 + (i - 1000) * 2 ** -40),
    ];
    // An error of 1 ulp is at most 2^-52 of the result.
    const off = numbers.filter((x) => Math.abs(log!(x) - Math.log(x)) > 2 ** -52 * Math.abs(Math.log(x)));
    expect(off).toEqual([]);
  });

  it('gives the constants', async () => {
    const { log } = (await kernels(tier)).run;
    expect(log!(1)).toBe(0);
    expect(log!(2)).toBe(Math.LN2);
    expect(log!(10)).toBe(Math.LN10);
    expect(log!(0.5)).toBe(-Math.LN2);
  });
});
