// Attention with dropout of its probabilities, and its backward pass, of one sequence and head. Nothing of the scores
// is kept: the backward pass computes them again, a block of queries at a time.

import { padded } from '../arena';
import { packRows, packTransposed } from '../kernel/attention';
import { mul, splat, sub } from '../kernel/lane';
import { softmaxRow } from '../kernel/softmax';
import { dot } from '../kernel/sum';
import { transposeRows } from '../kernel/transpose';
import { headCount, headSize, headStride } from '../model';
import { ATTENTION_SITE, dropout } from './dropout';
import { product } from './gemm';

/** Queries that are scored at a time. */
const BLOCK: i32 = 32;

let probabilities: usize = 0;
let dropped: usize = 0;
let gradients: usize = 0;
let transposed: usize = 0;
let keyColumns: usize = 0;
let valueColumns: usize = 0;
let rowPanels: usize = 0;
let blockPanels: usize = 0;
/** Width of a row of scores of the longest sequence. */
let widest: u32 = 0;

/** Lays out scratch for sequences of up to `longest` tokens; `place` gives the address of so many bytes. */
export function placeAttention(longest: i32, place: (bytes: u64) => usize): void {
  widest = padded(longest);
  const scores = <u64>BLOCK * <u64>widest * 4;
  const panels = <u64>widest * <u64>headStride * 4;
  probabilities = place(scores);
  dropped = place(scores);
  gradients = place(scores);
  transposed = place(scores);
  keyColumns = place(panels);
  valueColumns = place(panels);
  rowPanels = place(panels);
  blockPanels = place(<u64>BLOCK * <u64>headStride * 4);
}

/** softmax(Q · Kᵀ / sqrt(size)) of `rows` queries, in `probabilities`; keyColumns holds the keys. */
function score(query: usize, stride: usize, rows: i32, length: i32): void {
  const width = padded(length);
  product(query, stride, rows, headStride, keyColumns, width >> 4, probabilities, <usize>width << 2);
  const scale = <f32>1.0 / sqrt<f32>(<f32>headSize);
  for (let row = 0; row < rows; row++) softmaxRow(probabilities + ((<usize>row * <usize>width) << 2), length, scale);
}

/**
 * Drops some of `rows` rows of scores.
 *
 * @param first the batch's row of the first query
 */
function dropScores(scores: usize, first: i32, head: i32, layer: i32, rows: i32, length: i32): void {
  const width = padded(length);
  for (let row = 0; row < rows; row++) {
    const index = (<u32>(first + row) * <u32>headCount + <u32>head) * widest;
    dropout(scores + ((<usize>row * <usize>width) << 2), width, ATTENTION_SITE, layer, index);
  }
}

/**
 * out = dropout(softmax(Q · Kᵀ / sqrt(size))) · V
 *
 * @param query, key, value rows `stride` bytes apart, as in attend()
 * @param start the batch's row of the sequence's first token
 */
export function attendDropping(
  query: usize, key: usize, value: usize, stride: usize, start: i32, length: i32, head: i32, layer: i32,
  out: usize, outStride: usize
): void {
  packTransposed(key, stride, length, headStride, keyColumns);
  packRows(value, stride, length, headStride, rowPanels);
  const scoreStride = <usize>padded(length) << 2;
  for (let first = 0; first < length; first += BLOCK) {
    const rows = min(BLOCK, length - first);
    score(query + <usize>first * stride, stride, rows, length);
    dropScores(probabilities, start + first, head, layer, rows, length);
    product(
      probabilities, scoreStride, rows, length, rowPanels, headStride >> 4, out + <usize>first * outStride, outStride
    );
  }
}

/**
 * Writes the gradients of queries, keys and values, whose rows lie `stride` bytes apart as theirs do.
 *
 * @param dOut rows of gradients of attendDropping()'s result, `outStride` bytes apart
 */
export function attendBackward(
  query: usize, key: usize, value: usize, stride: usize, start: i32, length: i32, head: i32, layer: i32,
  dOut: usize, outStride: usize, dQuery: usize, dKey: usize, dValue: usize
): void {
  packTransposed(key, stride, length, headStride, keyColumns);
  packTransposed(value, stride, length, headStride, valueColumns);
  packRows(key, stride, length, headStride, rowPanels);
  const width = padded(length);
  const scoreStride = <usize>width << 2;
  const panels = headStride >> 4;
  for (let first = 0; first < length; first += BLOCK) {
    const rows = min(BLOCK, length - first);
    const columnStride = <usize>BLOCK << 2;
    const queries = query + <usize>first * stride, dOuts = dOut + <usize>first * outStride;
    score(queries, stride, rows, length);

    memory.copy(dropped, probabilities, <usize>rows * scoreStride);
    dropScores(dropped, start + first, head, layer, rows, length);
    transposeRows(dropped, scoreStride, rows, width, transposed, columnStride);
    packRows(dOuts, outStride, rows, headStride, blockPanels);
    product(transposed, columnStride, length, rows, blockPanels, panels, dValue, stride, first > 0);

    product(dOuts, outStride, rows, headStride, valueColumns, width >> 4, gradients, scoreStride);
    dropScores(gradients, start + first, head, layer, rows, length);
    for (let row = 0; row < rows; row++) {
      const offset = <usize>row * scoreStride;
      softmaxBackward(probabilities + offset, gradients + offset, length);
    }
    product(gradients, scoreStride, rows, length, rowPanels, panels, dQuery + <usize>first * stride, stride);
    transposeRows(gradients, scoreStride, rows, width, transposed, columnStride);
    packRows(queries, stride, rows, headStride, blockPanels);
    product(transposed, columnStride, length, rows, blockPanels, panels, dKey, stride, first > 0);
  }
}

/** From the gradient of softmax(s / sqrt(size)) to that of s, one row of `count` numbers, in place. */
function softmaxBackward(row: usize, gradient: usize, count: i32): void {
  const scale = <f32>1.0 / sqrt<f32>(<f32>headSize);
  const mean = dot(row, gradient, count);
  if (ASC_FEATURE_SIMD) scaleDifferences<v128>(row, gradient, count, mean, scale);
  else scaleDifferences<f32>(row, gradient, count, mean, scale);
}

/** gradient = row · (gradient - mean) · scale; beyond `count` the row is zero. */
// @ts-ignore: decorator
@inline
function scaleDifferences<T>(row: usize, gradient: usize, count: i32, mean: f32, scale: f32): void {
  for (let end = row + (<usize>count << 2); row < end; row += sizeof<T>(), gradient += sizeof<T>()) {
    const difference = sub<T>(load<T>(gradient), splat<T>(mean));
    store<T>(gradient, mul<T>(mul<T>(load<T>(row), difference), splat<T>(scale)));
  }
}
