import { expect, it } from 'vitest';
import { describeTiers } from '../helpers.ts';
import { kernels } from './harness.ts';

describeTiers('convert', (tier) => {
  it('allFinite sees each number and no other', async () => {
    const { run, base, floats } = await kernels(tier).then((kernel) => ({
      ...kernel,
      floats: kernel.floats.bind(kernel),
    }));
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (let at = 0; at < 9; at++) {
        floats(base, 9).fill(3.4e38)[at] = bad;
        for (let count = 0; count < 9; count++) expect(run.allFinite!(base, count)).toBe(at < count ? 0 : 1);
      }
    }
  });

  it('are decoded exactly: all 65,536 of float16 and bfloat16, all 256 of int8, at any address', async () => {
    const kernel = await kernels(tier);
    const out = kernel.base + (1 << 20);
    const bits = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const half = Float32Array.from(bits, (word) => {
      const sign = word >> 15 ? -1 : 1;
      const [exponent, fraction] = [(word >> 10) & 31, (word & 1023) / 1024];
      if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
      return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction) : sign * 2 ** -14 * fraction;
    });
    const brain = new Float32Array(Uint32Array.from(bits, (word) => word << 16).buffer);
    const [F16, BF16, I8] = [1, 2, 3];
    for (const shift of [0, 1]) {
      kernel.bytes(kernel.base + shift, 1 << 17).set(new Uint8Array(bits.buffer));
      for (const [type, expected] of [
        [F16, half],
        [BF16, brain],
      ] as const) {
        kernel.run.decode!(kernel.base + shift, 65_536, type!, out);
        const got = kernel.floats(out, 65_536);
        expect(
          got.every((value, i) => Object.is(value, expected[i])),
          `type ${type}`,
        ).toBe(true);
      }
    }
    kernel.bytes(kernel.base, 256).set(Uint8Array.from({ length: 256 }, (_, i) => i));
    kernel.run.decode!(kernel.base, 256, I8!, out);
    expect([...kernel.floats(out, 256)]).toEqual(
      Array.from({ length: 256 }, (_, i) => (i < 128 ? i : i - 256)),
    );
  });
});
