import { expect, it } from 'vitest';
import { describeTiers, Random } from '../helpers.ts';
import { type Kernels, kernels } from './harness.ts';

async function xxh64(kernel: Kernels, data: Uint8Array, chunk = data.length): Promise<string> {
  kernel.run.beginXxh64!();
  for (let at = 0; at === 0 || at < data.length; at += chunk) {
    const part = data.subarray(at, at + chunk);
    kernel.bytes(kernel.base + 1, part.length).set(part);
    kernel.run.updateXxh64!(kernel.base + 1, part.length);
    if (chunk === 0) break;
  }
  return BigInt.asUintN(64, kernel.run.xxh64!() as unknown as bigint)
    .toString(16)
    .padStart(16, '0');
}

describeTiers('xxh64', (tier) => {
  it('gives the published digests', async () => {
    const kernel = await kernels(tier);
    // The buffer and digests of xxhsum's own sanity check, and of the documentation of its Python binding.
    const sanity = new Uint8Array(222);
    let generator = 2654435761n;
    for (let i = 0; i < sanity.length; i++) {
      sanity[i] = Number(generator >> 56n);
      generator = BigInt.asUintN(64, generator * 11400714785074694797n);
    }
    const text = (value: string) => new TextEncoder().encode(value);
    for (const [data, digest] of [
      [sanity.subarray(0, 0), 'ef46db3751d8e999'],
      [sanity.subarray(0, 1), 'e934a84adb052768'],
      [sanity.subarray(0, 4), '9136a0dca57457ee'],
      [sanity.subarray(0, 14), '8282dcc4994e35c8'],
      [sanity, 'b641ae8cb691c174'],
      [text('a'), 'd24ec4f1a98c6e5b'],
      [text('abc'), '44bc2cf5ad770999'],
      [text('Nobody inspects the spammish repetition'), 'fbcea83c8a378bf1'],
    ] as const) {
      expect(await xxh64(kernel, data)).toBe(digest);
    }
  });

  it('is the same in chunks as at once', async () => {
    const kernel = await kernels(tier);
    const random = new Random(8);
    for (const length of [0, 31, 32, 33, 63, 64, 65, 100, 1000, 4096]) {
      const data = Uint8Array.from({ length }, () => random.below(256));
      const digest = await xxh64(kernel, data);
      for (const chunk of [32, 64, 96, 1024]) expect(await xxh64(kernel, data, chunk)).toBe(digest);
    }
  });
});
