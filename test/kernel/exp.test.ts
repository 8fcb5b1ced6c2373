import { expect, it } from 'vitest';
import { describeTiers } from '../helpers.ts';
import { kernels, spread } from './harness.ts';

describeTiers('exp', (tier) => {
  it('exp is within 2 ulp from -87 to 88, and clamped beyond', async () => {
    const kernel = await kernels(tier);
    const x = spread(-87, 88, 500_000);
    const y = kernel.map('expInPlace', x);
    const worst = y.reduce((most, got, i) => Math.max(most, Math.abs(got / Math.exp(x[i]!) - 1)), 0);
    expect(worst).toBeLessThan(2 * 2 ** -23);
    const [zero, minus, low, high, lowest, highest] = kernel.map(
      'expInPlace',
      [0, -0, -1000, 1000, -3.4e38, 3.4e38],
    );
    expect([zero, minus]).toEqual([1, 1]);
    expect([lowest, highest]).toEqual([low, high]);
    expect(low).toBeGreaterThan(0);
    expect(high! / Math.exp(88)).toBeCloseTo(1, 6);
  });
});
