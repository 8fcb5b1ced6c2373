import { expect, it } from 'vitest';
import { describeTiers } from '../helpers.ts';
import { kernels } from './harness.ts';

describeTiers('probe', (tier) => {
  it('trusts an engine that computes rightly, each time it is asked', async () => {
    const { run } = await kernels(tier);
    expect(run.probe!()).toBe(1);
    expect(run.probe!()).toBe(1);
  });
});
