// Linear layers with int8 weights and activations quantised a row at a time to 7 bits, the bits of
// assembly/kernel/int8.ts: integer sums are exact, the rest is rounded to float32 step by step.
//
// A double holds 53 bits and such a sum 25, so that one multiplication and one addition serve two output channels: their
// weights stand in one number, v0 + v1 · 2^26, and so do their sums, Σ q·v0 + Σ q·v1 · 2^26.

import { doubles, type Numbers, reusedRows } from '../numbers.ts';
import { ROUND } from './exp.ts';
import { f32 } from './f32.ts';

/** What the second channel of a pair is times. */
export const SECOND = 2 ** 26;
/** So many products of 0 to 127 by -128 to 127 keep a sum below half of that. */
const MOST_INPUTS = Math.floor((SECOND / 2 - 1) / (127 * 128));
/** Below this the reciprocal would overflow; such a row is as good as constant. */
const LEAST_RANGE = f32(1e-30);
/** Rows of a tile, and channels: 5 numbers are read for 12 products. */
const TILE_ROWS = 3;
const TILE_CHANNELS = 4;

/** A row of activations: x ≈ least + step · q. */
interface QuantizedRow {
  readonly q: Numbers;
  readonly step: number;
  readonly least: number;
}

/**
 * @param withZero whether the row is padded with zeros in wasm, and its range holds them
 * @param q takes the quantised numbers
 */
function quantize(x: Numbers, inputs: number, withZero: boolean, q: Numbers): QuantizedRow {
  let least = withZero ? 0 : x[0]!;
  let most = least;
  for (let k = 0; k < inputs; k++) {
    const value = x[k]!;
    if (value < least) least = value;
    else if (value > most) most = value;
    // Comparisons pass over NaN, which must not get lost.
    else if (value - value !== 0) return { q, step: Number.NaN, least: 0 };
  }
  const range = f32(most - least);
  const scale = range > LEAST_RANGE ? f32(127 / range) : 0;
  for (let k = 0; k < inputs; k++) q[k] = f32(f32(x[k]! - least) * scale) + ROUND - ROUND;
  // The sign of a zero depends on the order of comparisons: + 0 leaves only one.
  return { q, step: f32(range / 127), least: least + 0 };
}

/** The weights of a linear layer. */
export interface Int8Weights {
  readonly inputs: number;
  /** Whether wasm pads the input with zeros, which its range then holds. */
  readonly padded: boolean;
  /** A row two output channels: the int8 of the first, plus those of the second times SECOND. */
  readonly pairs: readonly Numbers[];
  /** One a channel. */
  readonly scales: readonly number[];
  /** Σ of each channel's int8. */
  readonly sums: readonly number[];
  readonly bias: readonly number[];
}

/** out = x · Wᵀ + bias. */
export function gemmInt8({ inputs, padded, pairs, scales, sums, bias }: Int8Weights) {
  const quantizedRows = reusedRows(inputs, doubles);
  const tile = doubles(TILE_ROWS * TILE_CHANNELS);
  return (x: readonly Numbers[], out: readonly Numbers[]): void => {
    const q = quantizedRows(x.length);
    const quantized = x.map((row, t) => quantize(row, inputs, padded, q[t]!));
    for (let pair = 0; pair < pairs.length; pair += TILE_CHANNELS / 2) {
      for (let row = 0; row < x.length; row += TILE_ROWS) {
        sumTile(quantized, row, pairs, pair, inputs, tile);
        const channel = 2 * pair;
        const rowCount = Math.min(TILE_ROWS, x.length - row);
        const channels = Math.min(TILE_CHANNELS, scales.length - channel);
        for (let i = 0; i < rowCount; i++) {
          const { step, least } = quantized[row + i]!;
          const target = out[row + i]!;
          for (let j = 0, c = channel; j < channels; j++, c++) {
            const product = f32(f32(tile[i * TILE_CHANNELS + j]!) * step);
            target[c] = f32(f32(f32(product + f32(f32(sums[c]!) * least)) * scales[c]!) + bias[c]!);
          }
        }
      }
    }
  };
}

/** tile = Σ q·v of three rows and four channels. Behind the last row and pair stand the last ones once more. */
function sumTile(
  rows: readonly QuantizedRow[],
  row: number,
  pairs: readonly Numbers[],
  pair: number,
  inputs: number,
  tile: Numbers,
): void {
  const lastRow = rows.length - 1;
  const x0 = rows[row]!.q;
  const x1 = rows[Math.min(row + 1, lastRow)]!.q;
  const x2 = rows[Math.min(row + 2, lastRow)]!.q;
  const lastPair = pairs.length - 1;
  const w0 = pairs[pair]!;
  const w1 = pairs[Math.min(pair + 1, lastPair)]!;
  for (let i = 0; i < tile.length; i++) tile[i] = 0;
  for (let from = 0; from < inputs; from += MOST_INPUTS) {
    const to = Math.min(from + MOST_INPUTS, inputs);
    let s00 = 0;
    let s01 = 0;
    let s10 = 0;
    let s11 = 0;
    let s20 = 0;
    let s21 = 0;
    for (let k = from; k < to; k++) {
      const p = w0[k]!;
      const q = w1[k]!;
      let v = x0[k]!;
      s00 += v * p;
      s01 += v * q;
      v = x1[k]!;
      s10 += v * p;
      s11 += v * q;
      v = x2[k]!;
      s20 += v * p;
      s21 += v * q;
    }
    addPair(tile, 0, s00);
    addPair(tile, 2, s01);
    addPair(tile, TILE_CHANNELS, s10);
    addPair(tile, TILE_CHANNELS + 2, s11);
    addPair(tile, 2 * TILE_CHANNELS, s20);
    addPair(tile, 2 * TILE_CHANNELS + 2, s21);
  }
}

function addPair(tile: Numbers, at: number, sum: number): void {
  const second = Math.floor(sum / SECOND + 0.5);
  tile[at] = tile[at]! + (sum - second * SECOND);
  tile[at + 1] = tile[at + 1]! + second;
}
