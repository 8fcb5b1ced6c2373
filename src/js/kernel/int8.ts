// Linear layers with int8 weights and activations quantised a row at a time to 7 bits, the bits of
// assembly/kernel/int8.ts: integer sums are exact, the rest is rounded to float32 step by step.
//
// Weights are stored with 128 added, so that no product is -0, which engines with small integers would have to tell
// apart: Σ q·v = Σ q·(v + 128) - 128 · Σ q.

import { bytes, type Numbers } from '../numbers.ts';
import { ROUND } from './exp.ts';
import { f32 } from './f32.ts';

export const WEIGHT_OFFSET = 128;
/** Below this the reciprocal would overflow; such a row is as good as constant. */
const LEAST_RANGE = f32(1e-30);

/** A row of activations: x ≈ least + step · q. */
interface QuantizedRow {
  readonly q: Numbers;
  readonly step: number;
  readonly least: number;
  /** Σ q */
  readonly total: number;
}

/** @param withZero whether the row is padded with zeros in wasm, and its range holds them */
function quantize(x: Numbers, inputs: number, withZero: boolean): QuantizedRow {
  const q = bytes(inputs);
  let least = withZero ? 0 : x[0]!;
  let most = least;
  for (let k = 0; k < inputs; k++) {
    const value = x[k]!;
    if (value < least) least = value;
    else if (value > most) most = value;
    // Comparisons pass over NaN, which must not get lost.
    else if (value - value !== 0) return { q, step: Number.NaN, least: 0, total: 0 };
  }
  const range = f32(most - least);
  const scale = range > LEAST_RANGE ? f32(127 / range) : 0;
  let total = 0;
  for (let k = 0; k < inputs; k++) {
    const rounded = f32(f32(x[k]! - least) * scale) + ROUND - ROUND;
    q[k] = rounded;
    total += rounded;
  }
  // The sign of a zero depends on the order of comparisons: + 0 leaves only one.
  return { q, step: f32(range / 127), least: least + 0, total };
}

/**
 * out = x · Wᵀ + bias.
 *
 * @param weights a row an output channel: int8 + 128
 * @param scales one a channel
 * @param sums Σ of each channel's int8
 */
export function gemmInt8(
  x: readonly Numbers[],
  inputs: number,
  withZero: boolean,
  weights: readonly Numbers[],
  scales: Numbers,
  sums: readonly number[],
  bias: Numbers,
  out: readonly Numbers[],
): void {
  const quantized = x.map((row) => quantize(row, inputs, withZero));
  const last = weights.length - 1;
  for (let channel = 0; channel <= last; channel += 4) {
    // Behind the last channel stands the last one: its numbers are written once more.
    const c1 = Math.min(channel + 1, last);
    const c2 = Math.min(channel + 2, last);
    const c3 = Math.min(channel + 3, last);
    const w0 = weights[channel]!;
    const w1 = weights[c1]!;
    const w2 = weights[c2]!;
    const w3 = weights[c3]!;
    const store = (row: number, s0: number, s1: number, s2: number, s3: number) => {
      const { step, least, total } = quantized[row]!;
      const target = out[row]!;
      const shift = WEIGHT_OFFSET * total;
      target[channel] = finish(s0 - shift, step, least, scales[channel]!, sums[channel]!, bias[channel]!);
      target[c1] = finish(s1 - shift, step, least, scales[c1]!, sums[c1]!, bias[c1]!);
      target[c2] = finish(s2 - shift, step, least, scales[c2]!, sums[c2]!, bias[c2]!);
      target[c3] = finish(s3 - shift, step, least, scales[c3]!, sums[c3]!, bias[c3]!);
    };
    let row = 0;
    for (; row + 4 <= x.length; row += 4) {
      const x0 = quantized[row]!.q;
      const x1 = quantized[row + 1]!.q;
      const x2 = quantized[row + 2]!.q;
      const x3 = quantized[row + 3]!.q;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      let s20 = 0;
      let s21 = 0;
      let s22 = 0;
      let s23 = 0;
      let s30 = 0;
      let s31 = 0;
      let s32 = 0;
      let s33 = 0;
      for (let k = 0; k < inputs; k++) {
        const p = w0[k]!;
        const q = w1[k]!;
        const r = w2[k]!;
        const s = w3[k]!;
        let v = x0[k]!;
        s00 += v * p;
        s01 += v * q;
        s02 += v * r;
        s03 += v * s;
        v = x1[k]!;
        s10 += v * p;
        s11 += v * q;
        s12 += v * r;
        s13 += v * s;
        v = x2[k]!;
        s20 += v * p;
        s21 += v * q;
        s22 += v * r;
        s23 += v * s;
        v = x3[k]!;
        s30 += v * p;
        s31 += v * q;
        s32 += v * r;
        s33 += v * s;
      }
      store(row, s00, s01, s02, s03);
      store(row + 1, s10, s11, s12, s13);
      store(row + 2, s20, s21, s22, s23);
      store(row + 3, s30, s31, s32, s33);
    }
    for (; row < x.length; row++) {
      const x0 = quantized[row]!.q;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let k = 0; k < inputs; k++) {
        const v = x0[k]!;
        s0 += v * w0[k]!;
        s1 += v * w1[k]!;
        s2 += v * w2[k]!;
        s3 += v * w3[k]!;
      }
      store(row, s0, s1, s2, s3);
    }
  }
}

function finish(s: number, step: number, least: number, scale: number, sum: number, bias: number): number {
  return f32(f32(f32(f32(f32(s) * step) + f32(f32(sum) * least)) * scale) + bias);
}
