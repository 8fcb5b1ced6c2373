import { expect, it } from 'vitest';
import { describeTiers, difference } from '../helpers.ts';
import { kernels, spread } from './harness.ts';

describeTiers('tanh', (tier) => {
  it('tanh is within 2e-7, odd, and no number where its argument overflowed', async () => {
    const kernel = await kernels(tier);
    const x = Float32Array.of(...spread(-20, 20, 100_000), ...spread(-1e-3, 1e-3, 1000), 1e30, 3.4e38);
    const y = kernel.map('tanhInPlace', x);
    expect(difference(y, x.map(Math.tanh))).toBeLessThan(2e-7);
    expect(
      kernel.map(
        'tanhInPlace',
        x.map((z) => -z),
      ),
    ).toEqual(y.map((z) => -z));
    expect([...kernel.map('tanhInPlace', [0, -0])]).toEqual([0, -0]);
    const infinities = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
    expect([...kernel.map('tanhInPlace', infinities)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });
});
