// The two matrix products of the backward pass of y = W · x + b: dx = dy · W and dW += dyᵀ · x. Operands are copied
// into the order in which the GEMM reads them; a copy costs as much as one row or column of the product.

import { gemm, gemmAdd } from '../kernel/gemm';
import { storeTransposed } from '../kernel/transpose';

/** Rows of activations that are multiplied at a time: their copies stay in the caches. */
export const ROW_BLOCK: i32 = 256;

/** A bias of zeros; as long as the widest row that product() writes. */
let zeros: usize = 0;

export function setZeroBias(pointer: usize): void {
  zeros = pointer;
}

/** C = A · B; see gemm(). */
export function product(
  a: usize, aStride: usize, m: i32, k: i32, b: usize, panels: i32, c: usize, cStride: usize
): void {
  gemm(a, aStride, m, k, b, panels, zeros, c, cStride, true);
}

/** Bytes of scratch for a layer of `channels` (whole panels) x `inputs` and any number of rows. */
export function backwardScratchBytes(channels: i32, inputs: i32): u64 {
  const wide = <u64>((inputs + 15) & ~15);
  const transposed = wide * <u64>channels;
  const blocks = (wide + <u64>channels) * <u64>ROW_BLOCK;
  return max(transposed, blocks) << 2;
}

/**
 * dx = dy · W, or dx += dy · W.
 *
 * @param dy rows `dyStride` bytes apart, 16 · `panels` numbers
 * @param weights packed as in the forward pass, [panels][inputs][16]
 * @param dx rows `dxStride` bytes apart, `inputs` numbers padded to 16
 */
export function inputGradient(
  dy: usize, dyStride: usize, rows: i32, weights: usize, panels: i32, inputs: i32, dx: usize, dxStride: usize,
  adds: bool, scratch: usize
): void {
  const channels = panels << 4;
  const inputPanels = (inputs + 15) >> 4;
  packTransposed(weights, panels, inputs, scratch);
  if (adds) gemmAdd(dy, dyStride, rows, channels, scratch, inputPanels, dx, dxStride, 64);
  else product(dy, dyStride, rows, channels, scratch, inputPanels, dx, dxStride);
}

/**
 * dW += dyᵀ · x, packed as the weights are, and db += the sum of the rows of dy.
 *
 * @param x rows `xStride` bytes apart, `inputs` numbers
 */
export function weightGradient(
  x: usize, xStride: usize, dy: usize, dyStride: usize, rows: i32, gradient: usize, biasGradient: usize,
  panels: i32, inputs: i32, scratch: usize
): void {
  const wide = (inputs + 15) & ~15;
  const packed = scratch + ((<usize>wide * ROW_BLOCK) << 2);
  for (let first = 0; first < rows; first += ROW_BLOCK) {
    const count = min(ROW_BLOCK, rows - first);
    const stride = <usize>((count + 3) & ~3) << 2;
    transposeRows(x + <usize>first * xStride, xStride, count, wide, scratch, stride);
    packSumming(dy + <usize>first * dyStride, dyStride, count, panels, packed, biasGradient);
    gemmAdd(scratch, stride, inputs, count, packed, panels, gradient, 64, <usize>inputs << 6);
  }
}

/** packRows() that adds the rows, one by one, to `sums`. */
function packSumming(rows: usize, stride: usize, count: i32, panels: i32, out: usize, sums: usize): void {
  for (; panels > 0; panels--, rows += 64, sums += 64) {
    if (ASC_FEATURE_SIMD) {
      let a = v128.load(sums), b = v128.load(sums, 16), c = v128.load(sums, 32), d = v128.load(sums, 48);
      for (let row = 0, p = rows; row < count; row++, p += stride, out += 64) {
        const x = v128.load(p), y = v128.load(p, 16), z = v128.load(p, 32), w = v128.load(p, 48);
        v128.store(out, x); v128.store(out, y, 16); v128.store(out, z, 32); v128.store(out, w, 48);
        a = f32x4.add(a, x); b = f32x4.add(b, y); c = f32x4.add(c, z); d = f32x4.add(d, w);
      }
      v128.store(sums, a); v128.store(sums, b, 16); v128.store(sums, c, 32); v128.store(sums, d, 48);
    } else {
      for (let row = 0, p = rows; row < count; row++, p += stride, out += 64) {
        memory.copy(out, p, 64);
        for (let i: usize = 0; i < 64; i += 4) store<f32>(sums + i, load<f32>(sums + i) + load<f32>(p + i));
      }
    }
  }
}

/** Four rows of four numbers as four columns. */
// @ts-ignore: decorator
@inline
function transpose4(from: usize, stride: usize, to: usize, toStride: usize): void {
  const a = v128.load(from), b = v128.load(from + stride);
  const c = v128.load(from + 2 * stride), d = v128.load(from + 3 * stride);
  storeTransposed(a, b, c, d, to, toStride);
}

/** [panels][inputs][16] as panels of its transpose: [inputs/16][16 · panels][16], zero beyond `inputs`. */
function packTransposed(weights: usize, panels: i32, inputs: i32, out: usize): void {
  const channels = panels << 4;
  for (let first = 0; first < inputs; first += 16, out += <usize>channels << 6) {
    const count = min(16, inputs - first);
    if (count < 16) memory.fill(out, 0, <usize>channels << 6);
    for (let panel = 0; panel < panels; panel++) {
      const from = weights + ((<usize>panel * <usize>inputs + <usize>first) << 6);
      const to = out + (<usize>panel << 10);
      if (count == 16) transpose16(from, to);
      else transposeScalar(from, count, to);
    }
  }
}

/** A block of 16 x 16 numbers. */
function transpose16(from: usize, to: usize): void {
  if (ASC_FEATURE_SIMD) {
    for (let row: usize = 0; row < 1024; row += 256) {
      for (let column: usize = 0; column < 64; column += 16) {
        transpose4(from + row + column, 64, to + (column << 4) + (row >> 4), 64);
      }
    }
  } else {
    transposeScalar(from, 16, to);
  }
}

/** `rows` rows of 16 numbers into 16 rows, 64 bytes apart. */
function transposeScalar(from: usize, rows: i32, to: usize): void {
  for (let row = 0; row < rows; row++, from += 64, to += 4) {
    for (let i: usize = 0; i < 16; i++) store<f32>(to + (i << 6), load<f32>(from + (i << 2)));
  }
}

/** `width` columns (a multiple of 4) of `rows` rows, as rows `outStride` bytes apart. */
export function transposeRows(data: usize, stride: usize, rows: i32, width: i32, out: usize, outStride: usize): void {
  let row = 0;
  if (ASC_FEATURE_SIMD) {
    for (; row + 4 <= rows; row += 4, data += stride << 2, out += 16) {
      for (let i: usize = 0; i < <usize>width; i += 4) {
        transpose4(data + (i << 2), stride, out + i * outStride, outStride);
      }
    }
  }
  for (; row < rows; row++, data += stride, out += 4) {
    for (let i: usize = 0; i < <usize>width; i++) store<f32>(out + i * outStride, load<f32>(data + (i << 2)));
  }
}
