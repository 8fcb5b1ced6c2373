import { expect, it } from 'vitest';
import { describeTiers, Random } from '../helpers.ts';
import { kernels, normals } from './harness.ts';

const { fround } = Math;
const bitsOf = (x: number) => new Int32Array(Float32Array.of(x).buffer)[0]!;
const fromBits = (bits: number) => new Float32Array(Int32Array.of(bits).buffer)[0]!;

/** What each operation is in IEEE 754 single precision, in the order in which entry.ts numbers them. */
const OPERATIONS: [string, (a: number, b: number, c: number) => number][] = [
  ['add', (a, b) => a + b],
  ['sub', (a, b) => a - b],
  ['mul', (a, b) => a * b],
  ['div', (a, b) => a / b],
  // biome-ignore lint/complexity/useMathMinMax: pmin and pmax treat NaN and -0 otherwise than Math does
  ['least', (a, b) => (b < a ? b : a)],
  // biome-ignore lint/complexity/useMathMinMax: pmin and pmax treat NaN and -0 otherwise than Math does
  ['greatest', (a, b) => (a < b ? b : a)],
  ['magnitude', (a) => Math.abs(a)],
  ['root', (a) => Math.sqrt(a)],
  ['select', (a, b, c) => (bitsOf(a) < 0 ? b : c)],
  ['scaleByPowerOfTwo', (a, b) => fromBits((bitsOf(a) + (bitsOf(b) << 23)) | 0)],
  ['splat', () => 1.5],
];

describeTiers('lane', (tier) => {
  const special = [
    0,
    -0,
    1,
    -1,
    1e-45,
    -1e-45,
    1.17549435e-38,
    3.4e38,
    -3.4e38,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ];

  it.each(OPERATIONS.map(([name, exact], op) => ({ name, exact, op })))(
    '$name is the IEEE operation in each lane, for all pairs of special numbers and for others',
    async ({ exact, op, name }) => {
      const kernel = await kernels(tier);
      const random = new Random(34);
      const pairs = special.flatMap((a) => special.map((b) => [a, b] as const));
      const more = 256;
      const count = pairs.length + more;
      const a = Float32Array.of(...pairs.map(([x]) => x), ...normals(random, more, 100));
      const b = Float32Array.of(...pairs.map(([, y]) => y), ...normals(random, more, 100));
      // The power of two is the low bits of a number at 1.5 · 2^23.
      if (name === 'scaleByPowerOfTwo') {
        for (let i = 0; i < count; i++) {
          a[i] = 1 + random.below(1 << 23) / (1 << 23);
          b[i] = 12582912 + random.below(250) - 125;
        }
      }
      const c = normals(random, count);
      const at = (i: number) => kernel.base + i * 4096;
      for (const [i, numbers] of [a, b, c].entries()) kernel.floats(at(i), count).set(numbers);
      kernel.run.lanes!(op, at(0), at(1), at(2), at(3), count);
      const got = kernel.floats(at(3), count).slice();
      expect([...got]).toEqual(Array.from(a, (x, i) => fround(exact(x, b[i]!, c[i]!))));
    },
  );

  it('constant reads one number of a table into each lane', async () => {
    const kernel = await kernels(tier);
    kernel.floats(kernel.base, 4).set([7, 1, 2, 3]);
    kernel.run.lanes!(11, kernel.base, kernel.base, kernel.base, kernel.base + 64, 4);
    const got = [...kernel.floats(kernel.base + 64, 4)];
    expect(got).toEqual(tier === 'scalar' ? [7, 1, 2, 3] : [7, 7, 7, 7]);
  });
});
