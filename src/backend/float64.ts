// Vectors of float64, one number at a time: what the reference backend is written in.

import { HASH_BITS, POOL_CHUNK_BITS } from '../../assembly/abi.ts';
import type { Pooling } from '../architecture/poolings.ts';
import type { Activation } from '../architecture/problem-types.ts';

export type Vector = Float64Array;

export function accumulate(sum: Vector, x: Vector): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += x[i]!;
}

export function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

export function softmax(x: Vector): Vector {
  const largest = Math.max(...x);
  const powers = x.map((value) => Math.exp(value - largest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}

export function normalize(x: Vector): Vector {
  const norm = Math.max(Math.sqrt(dot(x, x)), 1e-12);
  return x.map((value) => value / norm);
}

/** Centred, and divided by its L2 norm, which is taken as at least 1e-8. */
export function standardize(x: Vector): Vector {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const centred = x.map((value) => value - mean);
  const norm = Math.max(Math.sqrt(dot(centred, centred)), 1e-8);
  return centred.map((value) => value / norm);
}

export function sigmoid(x: Vector): Vector {
  return x.map((value) => 1 / (1 + Math.exp(-value)));
}

/** What makes probabilities of a row of logits. */
export const ACTIVATE = { softmax, sigmoid } as const satisfies Record<Activation, (x: Vector) => Vector>;

function reduce(rows: readonly Vector[], combine: (a: number, b: number) => number): Vector {
  const result = rows[0]!.slice();
  for (const row of rows.slice(1))
    for (const [i, value] of row.entries()) result[i] = combine(result[i]!, value);
  return result;
}

const POOL = {
  cls: (hidden) => hidden[0]!,
  mean: (hidden) => reduce(hidden, (a, b) => a + b).map((value) => value / hidden.length),
  max: (hidden) => reduce(hidden, Math.max),
} as const satisfies Record<Pooling, (hidden: readonly Vector[]) => Vector>;

export function pool(hidden: readonly Vector[], pooling: Pooling): Vector {
  return POOL[pooling](hidden);
}

/** Bit `index` of a code, most significant first. */
export function bitOf(code: ArrayLike<number>, index: number): number {
  return (code[index >> 3]! >> (7 - (index & 7))) & 1;
}

/** Chunk `chunk` of a code as the variant `pool` cuts it. */
export function chunkOf(code: ArrayLike<number>, chunk: number): number {
  let value = 0;
  const end = Math.min((chunk + 1) * POOL_CHUNK_BITS, HASH_BITS);
  for (let i = chunk * POOL_CHUNK_BITS; i < end; i++) value = value * 2 + bitOf(code, i);
  return value;
}

export function gelu(x: number): number {
  return 0.5 * x * (1 + erf(x * Math.SQRT1_2));
}

/**
 * The error function in float64: its Maclaurin series for small arguments, the continued fraction of erfc for
 * large ones (Abramowitz & Stegun 7.1.5 and 7.1.14).
 */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= -(x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = z;
  for (let n = 80; n > 0; n--) fraction = z + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * fraction));
}
