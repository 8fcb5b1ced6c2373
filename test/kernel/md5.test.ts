import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { describeTiers, Random } from '../helpers.ts';
import { type Kernels, kernels } from './harness.ts';

/** MD5 of messages of one length, as many of them as the tier has lanes. */
function digests(kernel: Kernels, messages: readonly Uint8Array[]): string[] {
  const length = messages[0]!.length;
  const out = kernel.base + (1 << 20);
  for (const [i, message] of messages.entries()) kernel.bytes(kernel.base + i * length, length).set(message);
  kernel.run.md5!(kernel.base, length, out);
  return messages.map((_, i) => Buffer.from(kernel.bytes(out + i * 16, 16)).toString('hex'));
}

describeTiers('md5', (tier) => {
  // RFC 1321, A.5.
  it.each([
    ['', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['a', '0cc175b9c0f1b6a831c399e269772661'],
    ['abc', '900150983cd24fb0d6963f7d28e17f72'],
    ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
    ['abcdefghijklmnopqrstuvwxyz', 'c3fcd3d76192e4007dfb496cca67e13b'],
    ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 'd174ab98d277d9f5a5611c2c9f419d9f'],
    [
      '12345678901234567890123456789012345678901234567890123456789012345678901234567890',
      '57edf4a22be3c955ac49da2e2107b67a',
    ],
  ])('of "%s" is that of RFC 1321, in every lane', async (text, digest) => {
    const kernel = await kernels(tier);
    const lanes = kernel.run.md5Lanes!();
    expect(lanes).toBe(tier === 'scalar' ? 1 : 8);
    const message = new TextEncoder().encode(text);
    expect(digests(kernel, new Array<Uint8Array>(lanes).fill(message))).toEqual(
      new Array<string>(lanes).fill(digest),
    );
  });

  it('takes another message in each lane, of every length around the ends of blocks', async () => {
    const kernel = await kernels(tier);
    const random = new Random(32);
    for (let length = 1; length < 200; length++) {
      const messages = Array.from({ length: kernel.run.md5Lanes!() }, () =>
        Uint8Array.from({ length }, () => random.below(256)),
      );
      expect(digests(kernel, messages)).toEqual(
        messages.map((message) => createHash('md5').update(message).digest('hex')),
      );
    }
  });
});
