import { createHash, createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { erf } from '../../src/backend/float64.ts';
import type { Tier } from '../../src/runtime/tier.ts';
import { describeTiers, difference, differingBits, normal, Random } from '../helpers.ts';
import { dropoutFactor } from '../train/oracle.ts';
import { compileKernels } from './compile-kernels.ts';

type Kernel = (...values: (number | bigint)[]) => number;

/** One instance, and a region of its memory to work in. */
class Kernels {
  readonly run: Record<string, Kernel>;
  readonly base: number;
  readonly #memory: WebAssembly.Memory;

  constructor(instance: WebAssembly.Instance) {
    const { memory, ...functions } = instance.exports;
    this.#memory = memory as WebAssembly.Memory;
    this.run = functions as typeof this.run;
    this.base = this.run.stage!(1 << 22);
  }

  bytes(at: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory.buffer, at, length);
  }

  floats(at: number, count: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#memory.buffer, at, count);
  }

  words(at: number, count: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#memory.buffer, at, count);
  }

  doubles(at: number, count: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#memory.buffer, at, count);
  }

  /** What a kernel that works in place makes of numbers, a multiple of four of them. */
  map(name: string, numbers: ArrayLike<number>): Float32Array {
    const count = (numbers.length + 3) & ~3;
    this.floats(this.base, count).fill(0);
    this.floats(this.base, count).set(numbers);
    this.run[name]!(this.base, count);
    return this.floats(this.base, numbers.length).slice();
  }
}

const compiled = new Map<Tier, Promise<WebAssembly.Module>>();

async function kernels(tier: Tier): Promise<Kernels> {
  let module = compiled.get(tier);
  module ??= compileKernels(tier).then((bytes) => WebAssembly.compile(bytes as BufferSource));
  compiled.set(tier, module);
  return new Kernels(await WebAssembly.instantiate(await module, {}));
}

/** `count` float32 numbers from `low` to `high`, evenly spread. */
function spread(low: number, high: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}

function normals(random: Random, count: number, deviation = 1): Float32Array {
  return Float32Array.from({ length: count }, () => normal(random) * deviation);
}

const { fround } = Math;
const padded = (width: number) => (width + 15) & ~15;

it('the float64 error function is exact', () => {
  // As C's erf() gives them, here and beyond where the series is left for the continued fraction.
  const table: [number, number][] = [
    [0, 0],
    [0.02, 0.022564574691844943],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2, 0.9953222650189527],
    [2.499, 0.9995908642442554],
    [2.5, 0.999593047982555],
    [3, 0.9999779095030014],
    [4, 0.9999999845827421],
    [5, 0.9999999999984626],
    [7, 1],
  ];
  for (const [x, y] of table) {
    expect(erf(x)).toBeCloseTo(y, 12);
    expect(erf(-x)).toBeCloseTo(-y, 12);
  }
});

describeTiers('functions of one number', (tier) => {
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

  it('GELU is within 3e-7 of x · Φ(x), and right for the largest numbers', async () => {
    const kernel = await kernels(tier);
    const x = Float32Array.of(
      ...spread(-12, 12, 100_001),
      ...spread(-1e-3, 1e-3, 1001),
      1e-38,
      -1e-45,
      -0,
      0,
    );
    const y = kernel.map('geluInPlace', x);
    const worst = y.reduce((most, got, i) => {
      const exact = 0.5 * x[i]! * (1 + erf(x[i]! / Math.SQRT2));
      return Math.max(most, Math.abs(got - exact) / Math.max(1, Math.abs(exact)));
    }, 0);
    expect(worst).toBeLessThan(3e-7);
    const large = [20, 1e4, 1e30, 3.4e38];
    expect([...kernel.map('geluInPlace', large)]).toEqual(large.map(fround));
    expect(
      kernel
        .map(
          'geluInPlace',
          large.map((z) => -z),
        )
        .every((z) => Math.abs(z) === 0),
    ).toBe(true);
    expect(kernel.map('geluInPlace', [Number.NEGATIVE_INFINITY, Number.NaN]).every(Number.isNaN)).toBe(true);
  });

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

  it('sigmoid is within 2e-7, from 0 to 1', async () => {
    const kernel = await kernels(tier);
    const x = Float32Array.of(...spread(-30, 30, 100_000), -3.4e38, -100, 100, 3.4e38);
    const y = kernel.map('sigmoidInPlace', x);
    expect(
      difference(
        y,
        x.map((z) => 1 / (1 + Math.exp(-z))),
      ),
    ).toBeLessThan(2e-7);
    expect(y.every((p) => p >= 0 && p <= 1)).toBe(true);
  });

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
});

describeTiers('rows', (tier) => {
  it('softmax sums to 1, and touches nothing beyond the next multiple of four', async () => {
    const kernel = await kernels(tier);
    const random = new Random(1);
    for (let count = 1; count <= 70; count++) {
      for (const scale of [1, 0.25]) {
        const row = kernel.floats(kernel.base, 80).fill(7);
        const x = normals(random, count, 4);
        row.set(x);
        kernel.run.softmaxRow!(kernel.base, count, scale);
        const largest = Math.max(...x);
        const powers = Array.from(x, (value) => Math.exp((value - largest) * scale));
        const total = powers.reduce((sum, value) => sum + value, 0);
        expect(
          difference(
            row.subarray(0, count),
            powers.map((value) => value / total),
          ),
        ).toBeLessThan(5e-7);
        const end = (count + 3) & ~3;
        expect(row.subarray(count, end).every((value) => value === 0)).toBe(true);
        expect(row.subarray(end).every((value) => value === 7)).toBe(true);
      }
    }
    const extremes = kernel.floats(kernel.base, 4);
    extremes.set([3.4e38, -3.4e38, 3.4e38, 0]);
    kernel.run.softmaxRow!(kernel.base, 4, 1);
    expect(difference(extremes, [0.5, 0, 0.5, 0])).toBeLessThan(1e-7);
  });

  it('layerNorm agrees with float64 for every width, with and without residual', async () => {
    const kernel = await kernels(tier);
    const random = new Random(2);
    for (let size = 1; size <= 50; size++) {
      const width = padded(size);
      const [x, residual, weight, bias, out] = [0, 1, 2, 3, 4].map((i) => kernel.base + i * 4096) as [
        number,
        number,
        number,
        number,
        number,
      ];
      for (const at of [weight, bias, x, residual]) {
        kernel.floats(at, width * 3).fill(0);
        const rows = at === weight || at === bias ? 1 : 3;
        for (let row = 0; row < rows; row++)
          kernel.floats(at + row * width * 4, size).set(normals(random, size, 2));
      }
      for (const [left, right] of [
        [x, 0],
        [x, residual],
      ] as const) {
        const numbers = (at: number, row: number) => Array.from(kernel.floats(at + row * width * 4, size));
        const expected = [0, 1, 2].flatMap((row) => {
          const sum = numbers(left, row).map((value, i) => value + (right ? numbers(right, row)[i]! : 0));
          const mean = sum.reduce((total, value) => total + value, 0) / size;
          const variance = sum.reduce((total, value) => total + (value - mean) ** 2, 0) / size;
          return sum.map(
            (value, i) =>
              ((value - mean) / Math.sqrt(variance + 0.01)) * numbers(weight, 0)[i]! + numbers(bias, 0)[i]!,
          );
        });
        kernel.floats(out, width * 3).fill(9);
        kernel.run.layerNorm!(left, right, 3, size, weight, bias, 0.01, out);
        expect(
          difference(
            [0, 1, 2].flatMap((row) => numbers(out, row)),
            expected,
          ),
        ).toBeLessThan(4e-6);
        for (let row = 0; row < 3; row++) {
          expect(
            kernel.floats(out + (row * width + size) * 4, width - size).every((value) => value === 0),
          ).toBe(true);
        }
      }
    }
  });

  it('layerNorm gives NaN where squares overflow, and not the bias', async () => {
    const kernel = await kernels(tier);
    const [x, one, zero] = [0, 4096, 8192].map((at) => kernel.base + at) as [number, number, number];
    kernel.floats(x, 16).set([1e20, -1e20, 3e20, 5e19]);
    kernel.floats(one, 16).fill(1);
    kernel.floats(zero, 16).fill(0);
    kernel.run.layerNorm!(x, 0, 1, 4, one, zero, 1e-5, x);
    expect(kernel.floats(x, 4).every(Number.isNaN)).toBe(true);
  });

  it('sums add element i to partial sum i mod 4', async () => {
    const kernel = await kernels(tier);
    const random = new Random(3);
    for (let count = 1; count <= 40; count++) {
      const x = normals(random, count);
      for (const [name, term] of [
        ['sum', (value: number) => value],
        ['sumOfSquares', (value: number) => fround(value * value)],
      ] as const) {
        kernel.floats(kernel.base, 64).fill(0);
        kernel.floats(kernel.base, count).set(x);
        const partial = [0, 0, 0, 0];
        for (const [i, value] of x.entries()) partial[i % 4] = fround(partial[i % 4]! + term(value));
        const expected = fround(fround(partial[0]! + partial[1]!) + fround(partial[2]! + partial[3]!));
        expect(kernel.run[name]!(kernel.base, count)).toBe(expected);
      }
    }
  });
});

describeTiers('matrices', (tier) => {
  it('are multiplied in the order of k, whatever the tile: every bit as one by one', async () => {
    const kernel = await kernels(tier);
    const random = new Random(4);
    const [a, b, bias, c] = [0, 1 << 16, 2 << 16, 3 << 16].map((at) => kernel.base + at) as [
      number,
      number,
      number,
      number,
    ];
    for (const panels of [1, 3]) {
      for (const k of [1, 2, 3, 5, 16, 31, 64]) {
        for (const m of [1, 2, 3, 5]) {
          const n = panels * 16;
          const [A, B, C0] = [normals(random, m * k), normals(random, k * n), normals(random, n)];
          const stride = k + 3;
          for (let row = 0; row < m; row++)
            kernel.floats(a + row * stride * 4, k).set(A.subarray(row * k, (row + 1) * k));
          for (let i = 0; i < k; i++) {
            for (let j = 0; j < n; j++)
              kernel.floats(b, k * n)[(j >> 4) * k * 16 + i * 16 + (j & 15)] = B[i * n + j]!;
          }
          kernel.floats(bias, n).set(C0);
          kernel.run.multiply!(a, stride * 4, m, k, b, panels, bias, c, (n + 4) * 4);
          for (let row = 0; row < m; row++) {
            const expected = C0.map((start, j) => {
              let sum = start;
              for (let i = 0; i < k; i++) sum = fround(sum + fround(A[row * k + i]! * B[i * n + j]!));
              return sum;
            });
            expect(kernel.floats(c + row * (n + 4) * 4, n)).toEqual(expected);
          }
        }
      }
    }
  });

  /** The int8 product as int8.ts defines it, in float32 operations. */
  function expectedInt8(
    x: Float32Array,
    weights: Int8Array,
    scales: Float32Array,
    bias: Float32Array,
  ): Float32Array {
    const inputs = x.length;
    const least = fround(Math.min(...x) + 0);
    const range = fround(Math.max(...x) - least);
    const scale = range > fround(1e-30) ? fround(127 / range) : 0;
    const step = fround(range / 127);
    const q = x.map((value) => fround(fround(fround(value - least) * scale) + 12582912) - 12582912);
    return bias.map((start, channel) => {
      const row = weights.subarray(channel * inputs, (channel + 1) * inputs);
      const dot = row.reduce((sum, weight, i) => sum + weight * q[i]!, 0);
      const total = row.reduce((sum, weight) => sum + weight, 0);
      const y = fround(fround(fround(dot) * step) + fround(fround(total) * least));
      return fround(fround(y * scales[channel]!) + start);
    });
  }

  function multiplyInt8(
    kernel: Kernels,
    rows: Float32Array[],
    weights: Int8Array,
    scales: Float32Array,
    bias: Float32Array,
  ) {
    const inputs = rows[0]!.length;
    const outputs = bias.length;
    const [a, w, s, t, b, c, scratch] = [0, 1, 2, 3, 4, 5, 6].map((i) => kernel.base + (i << 16)) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    kernel.bytes(w, 1 << 16).fill(0);
    for (const [i, row] of rows.entries()) kernel.floats(a + i * 1024, inputs).set(row);
    for (let channel = 0; channel < outputs; channel++) {
      const row = weights.subarray(channel * inputs, (channel + 1) * inputs);
      for (const [i, weight] of row.entries()) kernel.run.storeInt8!(w, inputs, channel, i, weight);
      kernel.words(t, outputs)[channel] = row.reduce((sum, weight) => sum + weight, 0);
    }
    kernel.floats(s, outputs).set(scales);
    kernel.floats(b, outputs).set(bias);
    kernel.run.gemmInt8!(a, 1024, rows.length, inputs, w, outputs / 16, s, t, b, c, outputs * 4, scratch);
    return rows.map((_, i) => kernel.floats(c + i * outputs * 4, outputs).slice());
  }

  it('of int8 are multiplied exactly, for odd sizes too', async () => {
    const kernel = await kernels(tier);
    const random = new Random(5);
    for (const outputs of [16, 48]) {
      for (const inputs of [1, 2, 3, 4, 5, 7, 15, 16, 17, 30, 33, 63, 100]) {
        for (const m of [1, 2, 3]) {
          const rows = Array.from({ length: m }, () => normals(random, inputs, 3));
          const weights = Int8Array.from({ length: outputs * inputs }, () => random.below(256) - 128);
          const scales = normals(random, outputs);
          const bias = normals(random, outputs);
          const got = multiplyInt8(kernel, rows, weights, scales, bias);
          for (const [i, row] of rows.entries())
            expect(got[i]).toEqual(expectedInt8(row, weights, scales, bias));
        }
      }
    }
  });

  it('of int8 take constant, tiny and huge rows, and lose no NaN', async () => {
    const kernel = await kernels(tier);
    const random = new Random(6);
    for (const inputs of [1, 6, 17, 32]) {
      const weights = Int8Array.from({ length: 16 * inputs }, () => random.below(256) - 128);
      const [scales, bias] = [normals(random, 16), normals(random, 16)];
      for (const value of [0, -0, 1, -5, 1e-38, -1e-45, 1e37]) {
        const row = new Float32Array(inputs).fill(value);
        row[inputs - 1] = value * 0.5;
        const [got] = multiplyInt8(kernel, [row], weights, scales, bias);
        expect(got).toEqual(expectedInt8(row, weights, scales, bias));
      }
      for (let at = 0; at < inputs; at++) {
        for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          const row = normals(random, inputs);
          row[at] = bad;
          const [got, other] = multiplyInt8(kernel, [row, normals(random, inputs)], weights, scales, bias);
          expect(got!.some(Number.isFinite), `${bad} at ${at} of ${inputs}`).toBe(false);
          expect(other!.every(Number.isFinite)).toBe(true);
        }
      }
    }
  });

  it('of attention agree with float64 for every length and head size', async () => {
    const kernel = await kernels(tier);
    const random = new Random(7);
    const at = (i: number) => kernel.base + (i << 17);
    const [zeros, scores, keys, values] = [at(4), at(5), at(6), at(7)];
    kernel.floats(zeros, 1024).fill(0);
    kernel.run.setZeros!(zeros);
    for (const length of [1, 2, 15, 16, 17, 31, 32, 33, 70]) {
      for (const size of [1, 4, 6, 15, 16, 17, 40]) {
        const width = padded(size);
        const parts = [0, 1, 2].map((i) => {
          const rows = Array.from({ length }, () => normals(random, size, 1.5));
          kernel.floats(at(i), length * width).fill(0);
          for (const [row, numbers] of rows.entries())
            kernel.floats(at(i) + row * width * 4, size).set(numbers);
          return rows;
        }) as [Float32Array[], Float32Array[], Float32Array[]];
        kernel.run.attend!(
          at(0),
          at(1),
          at(2),
          width * 4,
          length,
          size,
          width,
          32,
          scores,
          keys,
          values,
          at(3),
          width * 4,
        );
        for (const [row, query] of parts[0].entries()) {
          const products = parts[1].map(
            (key) => key.reduce((sum, x, i) => sum + x * query[i]!, 0) / Math.sqrt(size),
          );
          const largest = Math.max(...products);
          const powers = products.map((x) => Math.exp(x - largest));
          const total = powers.reduce((sum, x) => sum + x, 0);
          const expected = Array.from({ length: size }, (_, i) =>
            parts[2].reduce((sum, value, t) => sum + (powers[t]! / total) * value[i]!, 0),
          );
          expect(difference(kernel.floats(at(3) + row * width * 4, size), expected)).toBeLessThan(3e-6);
        }
      }
    }
  });
});

describeTiers('element types', (tier) => {
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

describeTiers('XXH64', (tier) => {
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

describeTiers('kernels of the backward pass', (tier) => {
  it("GELU's derivative is within 3e-6 of Φ(x) + x · φ(x), beside its value, and multiplies the gradient", async () => {
    const kernel = await kernels(tier);
    const special = [0, -0, 1e-38, -1e-45, 60, -60];
    const x = Float32Array.of(...special, ...spread(-10, 10, 20_001), ...spread(-1e-3, 1e-3, 1001));
    const count = x.length & ~3;
    const other = kernel.base + (1 << 21);
    kernel.floats(kernel.base, count).set(x.subarray(0, count));
    kernel.run.geluKeeping!(kernel.base, other, count);
    const slopes = kernel.floats(kernel.base, count).slice();
    const values = kernel.floats(other, count).slice();
    expect(difference(values, kernel.map('geluInPlace', x.subarray(0, count)))).toBeLessThan(1.2e-7);
    const worst = slopes.reduce((most, got, i) => {
      const value = x[i]!;
      const density = Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI);
      const exact = 0.5 * (1 + erf(value / Math.SQRT2)) + value * density;
      return Math.max(most, Math.abs(got - exact));
    }, 0);
    expect(worst).toBeLessThan(3e-6);
    for (const slope of slopes.subarray(0, 2)) expect(slope).toBeCloseTo(0.5, 5);
    kernel.floats(kernel.base, count).set(slopes);
    kernel.floats(other, count).fill(-2);
    kernel.run.multiplyInPlace!(other, kernel.base, count);
    const doubled = slopes.map((slope) => slope * -2);
    expect(differingBits(kernel.floats(other, count).slice(), doubled)).toBe(0);
  });

  it("LayerNorm's is that of float64, whatever the width; its forward pass that of inference; padding stays zero", async () => {
    const kernel = await kernels(tier);
    const random = new Random(21);
    const epsilon = 1e-5;
    const rows = 3;
    for (const size of [2, 15, 16, 17, 30, 100]) {
      const stride = padded(size);
      const weight = normals(random, size);
      const [x, dy] = [normals(random, rows * size, 2), normals(random, rows * size)];
      const at = (i: number) => kernel.base + (i << 16);
      for (let i = 0; i < 9; i++) kernel.floats(at(i), rows * stride).fill(0);
      for (let row = 0; row < rows; row++) {
        kernel.floats(at(0) + row * stride * 4, size).set(x.subarray(row * size, (row + 1) * size));
        kernel.floats(at(1) + row * stride * 4, size).set(dy.subarray(row * size, (row + 1) * size));
      }
      kernel.floats(at(2), size).set(weight);
      // What is there already is added to.
      kernel.floats(at(3), size).fill(1);
      kernel.floats(at(4), size).fill(2);
      const [out, expected, bias, scales] = [at(5), at(6), at(7), at(8)];
      kernel.floats(bias, size).set(normals(random, size));
      kernel.run.layerNorm!(at(0), 0, rows, size, at(2), bias, epsilon, expected);
      kernel.run.layerNormKeeping!(at(0), rows, size, at(2), bias, epsilon, out, scales);
      expect(
        differingBits(kernel.floats(out, rows * stride), kernel.floats(expected, rows * stride).slice()),
      ).toBe(0);
      kernel.run.layerNormBackward!(at(0), scales, rows, size, at(2), at(1), at(3), at(4));

      const [dWeight, dBias] = [new Float64Array(size).fill(1), new Float64Array(size).fill(2)];
      for (let row = 0; row < rows; row++) {
        const values = Array.from(x.subarray(row * size, (row + 1) * size));
        const average = (numbers: number[]) => numbers.reduce((sum, value) => sum + value, 0) / size;
        const mean = average(values);
        const deviation = Math.sqrt(average(values.map((value) => (value - mean) ** 2)) + epsilon);
        const standard = values.map((value) => (value - mean) / deviation);
        const g = standard.map((_, i) => dy[row * size + i]! * weight[i]!);
        const [shift, slope] = [average(g), average(g.map((value, i) => value * standard[i]!))];
        const exact = g.map((value, i) => (value - shift - standard[i]! * slope) / deviation);
        for (const [i, value] of standard.entries()) {
          dWeight[i]! += dy[row * size + i]! * value;
          dBias[i]! += dy[row * size + i]!;
        }
        const got = kernel.floats(at(1) + row * stride * 4, stride);
        expect(difference(got.subarray(0, size), exact)).toBeLessThan(3e-6);
        expect(got.subarray(size).every((value) => value === 0)).toBe(true);
      }
      expect(difference(kernel.floats(at(3), size), dWeight)).toBeLessThan(2e-6);
      expect(difference(kernel.floats(at(4), size), dBias)).toBeLessThan(2e-6);
    }
  });

  it('dropout drops its share and scales the rest, by the place and the seed alone', async () => {
    const kernel = await kernels(tier);
    const count = 40_000;
    const factors = (rate: number, seed: number, site = 0, layer = 0, first = 0) => {
      kernel.floats(kernel.base, count).fill(1);
      kernel.run.setDropout!(rate, seed);
      kernel.run.dropout!(kernel.base, count, site, layer, first);
      return kernel.floats(kernel.base, count).slice();
    };
    for (const rate of [0, 0.1, 0.5, 0.9]) {
      const got = factors(rate, 7);
      const dropped = got.filter((value) => value === 0).length / count;
      expect(Math.abs(dropped - rate)).toBeLessThanOrEqual(4 * Math.sqrt((rate * (1 - rate)) / count));
      const kept = fround(1 / fround(1 - fround(rate)));
      expect(got.every((value) => value === 0 || value === kept)).toBe(true);
      const expected = got.map((_, i) => dropoutFactor({ rate, seed: 7 }, 0, 0, i));
      expect(differingBits(got, expected)).toBe(0);
    }
    const first = factors(0.3, 7);
    expect(differingBits(factors(0.3, 7), first)).toBe(0);
    expect(differingBits(factors(0.3, 7, 0, 0, 4000).subarray(0, 100), first.subarray(4000, 4100))).toBe(0);
    // Independent masks agree by chance: in 0.7² + 0.3² of all.
    const all = [first, factors(0.3, 8), factors(0.3, 0xffffffff), factors(0.3, 7, 3), factors(0.3, 7, 3, 1)];
    for (const [i, mask] of all.entries()) {
      for (const other of all.slice(0, i)) {
        const same = mask.filter((value, index) => value === other[index]).length / count;
        expect(Math.abs(same - 0.58)).toBeLessThan(4 * Math.sqrt((0.58 * 0.42) / count));
      }
    }
  });
});

describeTiers("numpy's legacy generator", (tier) => {
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

  // numpy 2.4.6: np.random.seed(seed); np.random.random_sample(3); the same for normal(0, 1, 3), and the SHA-256 of
  // normal(0, 0.02, 100_000).astype('<f4').
  it.each<[number, number[], number[], string]>([
    [
      0,
      [0.5488135039273248, 0.7151893663724195, 0.6027633760716439],
      [1.764052345967664, 0.4001572083672233, 0.9787379841057392],
      '4235405808c4bf4012c7ff6308c79bdd19f50aaefe115b0cedc253bb270e495b',
    ],
    [
      1,
      [0.417022004702574, 0.7203244934421581, 0.00011437481734488664],
      [1.6243453636632417, -0.6117564136500754, -0.5281717522634557],
      '159f4a1ae4716e566d727bcee988cf71a42c5aaf9be12f402b1b9ed9b63ae576',
    ],
    [
      42,
      [0.3745401188473625, 0.9507143064099162, 0.7319939418114051],
      [0.4967141530112327, -0.13826430117118466, 0.6476885381006925],
      '420a525a8234cde40e949474a4f33b6fd58a2bdda766e8365a4f84a51c7dd719',
    ],
    [
      4294967295,
      [0.0976320289940138, 0.9123828453026218, 0.78903530185164],
      [0.6484086742306527, 0.6693235306338161, -1.0805437227474493],
      '6543431a9c52ad7e0e1ec017fcf3ee7d5349cb4ed2081c5a4060826e5143eb9a',
    ],
  ])('seeded with %i gives what numpy gives', async (seed, uniform, gaussian, digest) => {
    const kernel = await kernels(tier);
    kernel.run.seedMt19937!(seed);
    kernel.run.doubles!(kernel.base, 3);
    expect([...kernel.doubles(kernel.base, 3)]).toEqual(uniform);
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

describeTiers('HMAC-MD5', (tier) => {
  const hmac = (key: Uint8Array, data: Uint8Array) => createHmac('md5', key).update(data).digest('hex');
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

  /** Queues messages, each under a key of its own, as one flush. */
  function digests(kernel: Kernels, messages: { key: Uint8Array; data: Uint8Array }[]): string[] {
    const [keys, out, text] = [kernel.base, kernel.base + (1 << 18), kernel.base + (1 << 19)];
    let at = text + 16;
    for (const [i, { key }] of messages.entries()) {
      kernel.bytes(text, key.length).set(key);
      kernel.run.prepareKey!(text, key.length, keys + i * 32);
    }
    kernel.bytes(text, 1 << 21).fill(0xee);
    for (const [i, { data }] of messages.entries()) {
      kernel.bytes(at, data.length).set(data);
      kernel.run.queueHash!(at, data.length, keys + i * 32, out + i * 16);
      at += data.length + 1;
    }
    kernel.run.flushHashes!();
    return messages.map((_, i) => hex(kernel.bytes(out + i * 16, 16)));
  }

  const random = new Random(9);
  const bytes = (length: number) => Uint8Array.from({ length }, () => random.below(256));

  it("agrees with OpenSSL for messages of 0 to 300 bytes, as the reference's key and others hash them", async () => {
    const kernel = await kernels(tier);
    for (const key of [new TextEncoder().encode('en'), bytes(0), bytes(64)]) {
      const messages = Array.from({ length: 301 }, (_, length) => ({ key, data: bytes(length) }));
      expect(digests(kernel, messages)).toEqual(messages.map(({ key, data }) => hmac(key, data)));
    }
  });

  it('agrees with OpenSSL for keys of 0 to 300 bytes, and long messages', async () => {
    const kernel = await kernels(tier);
    const messages = Array.from({ length: 301 }, (_, length) => ({
      key: bytes(length),
      data: bytes(random.below(80)),
    }));
    messages.push({ key: bytes(100_000), data: bytes(100_000) });
    expect(digests(kernel, messages)).toEqual(messages.map(({ key, data }) => hmac(key, data)));
  });

  it('agrees with OpenSSL whatever number of messages waits, of whatever lengths', async () => {
    const kernel = await kernels(tier);
    for (let round = 0; round < 200; round++) {
      const shared = bytes(random.below(100));
      const messages = Array.from({ length: 1 + random.below(20) }, () => ({
        key: random.below(2) ? shared : bytes(random.below(100)),
        data: bytes(random.below(random.below(3) ? 20 : 300)),
      }));
      expect(digests(kernel, messages)).toEqual(messages.map(({ key, data }) => hmac(key, data)));
    }
  });
});
