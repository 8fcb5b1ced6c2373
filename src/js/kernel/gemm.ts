import type { Numbers } from '../numbers.ts';
import { f32 } from './f32.ts';

/**
 * out = x · Wᵀ + bias: sums in double precision, over k in order from the bias, rounded once. A tile of 4 rows and
 * 4 channels reads 8 numbers for 16 products, which is what interpreters, and engines without float32, spend their time on.
 *
 * @param x rows of `inputs` numbers
 * @param weights a row an output channel
 */
export function gemm(
  x: readonly Numbers[],
  inputs: number,
  weights: readonly Numbers[],
  bias: Numbers,
  out: readonly Numbers[],
): void {
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
    const b0 = bias[channel]!;
    const b1 = bias[c1]!;
    const b2 = bias[c2]!;
    const b3 = bias[c3]!;
    let row = 0;
    for (; row + 4 <= x.length; row += 4) {
      const x0 = x[row]!;
      const x1 = x[row + 1]!;
      const x2 = x[row + 2]!;
      const x3 = x[row + 3]!;
      let s00 = b0;
      let s01 = b1;
      let s02 = b2;
      let s03 = b3;
      let s10 = b0;
      let s11 = b1;
      let s12 = b2;
      let s13 = b3;
      let s20 = b0;
      let s21 = b1;
      let s22 = b2;
      let s23 = b3;
      let s30 = b0;
      let s31 = b1;
      let s32 = b2;
      let s33 = b3;
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
      store(out[row]!, channel, c1, c2, c3, s00, s01, s02, s03);
      store(out[row + 1]!, channel, c1, c2, c3, s10, s11, s12, s13);
      store(out[row + 2]!, channel, c1, c2, c3, s20, s21, s22, s23);
      store(out[row + 3]!, channel, c1, c2, c3, s30, s31, s32, s33);
    }
    for (; row < x.length; row++) {
      const x0 = x[row]!;
      let s0 = b0;
      let s1 = b1;
      let s2 = b2;
      let s3 = b3;
      for (let k = 0; k < inputs; k++) {
        const v = x0[k]!;
        s0 += v * w0[k]!;
        s1 += v * w1[k]!;
        s2 += v * w2[k]!;
        s3 += v * w3[k]!;
      }
      store(out[row]!, channel, c1, c2, c3, s0, s1, s2, s3);
    }
  }
}

function store(
  row: Numbers,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  s0: number,
  s1: number,
  s2: number,
  s3: number,
): void {
  row[c0] = f32(s0);
  row[c1] = f32(s1);
  row[c2] = f32(s2);
  row[c3] = f32(s3);
}
