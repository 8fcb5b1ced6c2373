// The two matrix products of the backward pass of y = W · x + b: dx = dy · W and dW += dyᵀ · x. Operands are copied
// into the order in which the GEMM reads them; a copy costs as much as one row or column of the product.

import { padded } from '../arena';
import { gemm, gemmAdd } from '../kernel/gemm';
import { transposeRows } from '../kernel/transpose';
import { hiddenSize } from '../model';

/**
 * Rows of activations that are worked on at a time: few enough that they and their copies stay in the cache, and the more
 * the larger the weights are, which every block reads anew.
 */
export function rowBlock(): i32 {
  return max(64, min(256, padded(hiddenSize) >> 1));
}

/** A bias of zeros; as long as the widest row that product() writes. */
let zeros: usize = 0;

export function setZeroBias(pointer: usize): void {
  zeros = pointer;
}

/** C = A · B, or C += A · B; see gemm(). */
export function product(
  a: usize, aStride: usize, m: i32, k: i32, b: usize, panels: i32, c: usize, cStride: usize, adds: bool = false
): void {
  if (adds) gemmAdd(a, aStride, m, k, b, panels, c, cStride, 64);
  else gemm(a, aStride, m, k, b, panels, zeros, c, cStride, true);
}

/** Bytes that packTransposed() writes for a layer of `panels` panels of channels. */
export function transposedBytes(panels: i32, inputs: i32): u64 {
  return (<u64>padded(inputs) * <u64>panels) << 6;
}

/** Bytes of scratch that weightGradient() needs for such a layer. */
export function copiesBytes(panels: i32, inputs: i32): u64 {
  return ((<u64>padded(inputs) + (<u64>panels << 4)) * <u64>rowBlock()) << 2;
}

/**
 * dx = dy · W, or dx += dy · W.
 *
 * @param dy rows `dyStride` bytes apart, 16 · `panels` numbers
 * @param transposed the weights as packTransposed() has them
 * @param dx rows `dxStride` bytes apart, `inputs` numbers padded to 16
 */
export function inputGradient(
  dy: usize, dyStride: usize, rows: i32, transposed: usize, panels: i32, inputs: i32, dx: usize, dxStride: usize,
  adds: bool
): void {
  product(dy, dyStride, rows, panels << 4, transposed, padded(inputs) >> 4, dx, dxStride, adds);
}

/**
 * dW += dyᵀ · x, packed as the weights are, and db += the sum of the rows of dy.
 *
 * @param x rows `xStride` bytes apart, `inputs` numbers
 * @param rows at most rowBlock()
 */
export function weightGradient(
  x: usize, xStride: usize, dy: usize, dyStride: usize, rows: i32, gradient: usize, biasGradient: usize,
  panels: i32, inputs: i32, scratch: usize
): void {
  const packed = scratch + ((<usize>padded(inputs) * <usize>rowBlock()) << 2);
  const stride = <usize>((rows + 3) & ~3) << 2;
  transposeRows(x, xStride, rows, padded(inputs), scratch, stride);
  packSumming(dy, dyStride, rows, panels, packed, biasGradient);
  gemmAdd(scratch, stride, inputs, rows, packed, panels, gradient, 64, <usize>inputs << 6);
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

/** [panels][inputs][16] as panels of its transpose: [inputs/16][16 · panels][16], zero beyond `inputs`. */
export function packTransposed(weights: usize, panels: i32, inputs: i32, out: usize): void {
  const channels = panels << 4;
  for (let first = 0; first < inputs; first += 16, out += <usize>channels << 6) {
    const count = min(16, inputs - first);
    if (count < 16) memory.fill(out, 0, <usize>channels << 6);
    for (let panel = 0; panel < panels; panel++) {
      const from = weights + ((<usize>panel * <usize>inputs + <usize>first) << 6);
      transposeRows(from, 64, count, 16, out + (<usize>panel << 10), 64);
    }
  }
}
