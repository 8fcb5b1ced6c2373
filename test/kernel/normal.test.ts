import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { describeTiers, difference } from '../helpers.ts';
import { kernels } from './harness.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describeTiers('normal', (tier) => {
  // numpy 2.4.6: np.random.seed(seed); np.random.normal(0, 1, 3), and the SHA-256 of
  // np.random.normal(0, 0.02, 100_000).astype('<f4') from the same seed.
  it.each<[number, number[], string]>([
    [
      0,
      [1.764052345967664, 0.4001572083672233, 0.9787379841057392],
      '4235405808c4bf4012c7ff6308c79bdd19f50aaefe115b0cedc253bb270e495b',
    ],
    [
      1,
      [1.6243453636632417, -0.6117564136500754, -0.5281717522634557],
      '159f4a1ae4716e566d727bcee988cf71a42c5aaf9be12f402b1b9ed9b63ae576',
    ],
    [
      42,
      [0.4967141530112327, -0.13826430117118466, 0.6476885381006925],
      '420a525a8234cde40e949474a4f33b6fd58a2bdda766e8365a4f84a51c7dd719',
    ],
    [
      4294967295,
      [0.6484086742306527, 0.6693235306338161, -1.0805437227474493],
      '6543431a9c52ad7e0e1ec017fcf3ee7d5349cb4ed2081c5a4060826e5143eb9a',
    ],
  ])('seeded with %i gives what numpy gives', async (seed, gaussian, digest) => {
    const kernel = await kernels(tier);
    kernel.run.seedNormal!(seed);
    kernel.run.normals!(kernel.base, 100_000);
    const numbers = kernel.doubles(kernel.base, 100_000);
    expect(difference(numbers.subarray(0, 3), gaussian)).toBeLessThan(1e-15);
    expect(sha256(new Uint8Array(Float32Array.from(numbers, (x) => x * 0.02).buffer))).toBe(digest);
  });

  it('forgets the second number of a pair when it is seeded again', async () => {
    const kernel = await kernels(tier);
    const first = () => {
      kernel.run.seedNormal!(9);
      kernel.run.normals!(kernel.base, 1);
      return kernel.doubles(kernel.base, 1)[0];
    };
    expect(first()).toBe(first());
  });
});
