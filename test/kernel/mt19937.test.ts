import { expect, it } from 'vitest';
import { describeTiers } from '../helpers.ts';
import { kernels } from './harness.ts';

describeTiers('mt19937', (tier) => {
  it("gives the published word: ISO C++ 26.6.6.3's mt19937 gives 4123659995 as its 10,000th", async () => {
    const kernel = await kernels(tier);
    kernel.run.seedMt19937!(5489);
    kernel.run.doubles!(kernel.base, 5000);
    // A double holds the upper 27 bits of one word and the upper 26 of the next.
    const low = (kernel.doubles(kernel.base, 5000)[4999]! * 2 ** 53) % 2 ** 26;
    expect(low).toBe(4123659995 >>> 6);
  });

  // numpy 2.4.6: np.random.seed(seed); np.random.random_sample(3).
  it.each<[number, number[]]>([
    [0, [0.5488135039273248, 0.7151893663724195, 0.6027633760716439]],
    [1, [0.417022004702574, 0.7203244934421581, 0.00011437481734488664]],
    [42, [0.3745401188473625, 0.9507143064099162, 0.7319939418114051]],
    [4294967295, [0.0976320289940138, 0.9123828453026218, 0.78903530185164]],
  ])('seeded with %i gives what numpy gives', async (seed, uniform) => {
    const kernel = await kernels(tier);
    kernel.run.seedMt19937!(seed);
    kernel.run.doubles!(kernel.base, 3);
    expect([...kernel.doubles(kernel.base, 3)]).toEqual(uniform);
  });
});
