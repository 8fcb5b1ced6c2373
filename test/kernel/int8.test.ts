import { expect, it } from 'vitest';
import { describeTiers, Random } from '../helpers.ts';
import { type Kernels, kernels, normals } from './harness.ts';

const { fround } = Math;

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

describeTiers('int8', (tier) => {
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
});
