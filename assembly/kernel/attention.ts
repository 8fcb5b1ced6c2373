// Scaled dot-product attention (Vaswani et al. 2017) of one sequence and one head.

import { padded } from '../arena';
import { gemm } from './gemm';
import { softmaxRow } from './softmax';
import { transposeRows } from './transpose';

/** A bias of zeros for the two products; as long as the widest row of scores or values. */
let zeros: usize = 0;

/** Sets the zeros that the products start from: at least as many as the longest sequence or a head, padded. */
export function setZeros(pointer: usize): void {
  zeros = pointer;
}

/**
 * out = softmax(Q · Kᵀ / sqrt(size)) · V
 *
 * @param query, key, value rows of one head, `stride` bytes apart, `headStride` numbers wide, zero beyond `size`
 * @param block query rows that are scored at a time
 * @param scores scratch of `block` x padded(length); `keys`, `values` scratch for the packed panels
 * @param out rows `outStride` bytes apart
 *
 * Multiply and add are never fused here: on an int8 model the relaxed tier then equals the plain one bit for
 * bit, and attention is a small part of the work.
 */
export function attend(
  query: usize, key: usize, value: usize, stride: usize, length: i32, size: i32, headStride: i32, block: i32,
  scores: usize, keys: usize, values: usize, out: usize, outStride: usize
): void {
  packTransposed(key, stride, length, headStride, keys);
  packRows(value, stride, length, headStride, values);
  const scale = <f32>1.0 / sqrt<f32>(<f32>size);
  const width = padded(length);
  const scoreStride = <usize>width << 2;
  for (let first = 0; first < length; first += block) {
    const rows = min(block, length - first);
    product(query + <usize>first * stride, stride, rows, headStride, keys, width >> 4, scores, scoreStride);
    for (let row = 0; row < rows; row++) softmaxRow(scores + <usize>row * scoreStride, length, scale);
    product(
      scores, scoreStride, rows, length, values, headStride >> 4, out + <usize>first * outStride, outStride
    );
  }
}

function product(
  a: usize, aStride: usize, m: i32, k: i32, b: usize, panels: i32, c: usize, cStride: usize
): void {
  gemm(a, aStride, m, k, b, panels, zeros, c, cStride, false);
}

/** Rows as columns of panels: [length/16][width][16], zero beyond `length`. */
export function packTransposed(rows: usize, stride: usize, length: i32, width: i32, panels: usize): void {
  const panelBytes = <usize>width << 6;
  for (let first = 0; first < length; first += 16, panels += panelBytes) {
    const count = min(16, length - first);
    if (count < 16) memory.fill(panels, 0, panelBytes);
    transposeRows(rows, stride, count, width, panels, 64);
    rows += stride << 4;
  }
}

/** Rows as rows of panels: [width/16][length][16]. */
export function packRows(rows: usize, stride: usize, length: i32, width: i32, panels: usize): void {
  for (let column: usize = 0; column < <usize>width << 2; column += 64) {
    let p = rows + column;
    for (let row = 0; row < length; row++, p += stride, panels += 64) copyRow(p, panels);
  }
}

/** 16 numbers; engines call a function of theirs for memory.copy(), which costs more than so few bytes. */
// @ts-ignore: decorator
@inline
function copyRow(from: usize, to: usize): void {
  if (ASC_FEATURE_SIMD) {
    const a = v128.load(from), b = v128.load(from, 16), c = v128.load(from, 32), d = v128.load(from, 48);
    v128.store(to, a); v128.store(to, b, 16); v128.store(to, c, 32); v128.store(to, d, 48);
  } else {
    memory.copy(to, from, 64);
  }
}
