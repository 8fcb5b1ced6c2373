// C = A · B + bias, the heart of the encoder, and C += A · B, that of its training: B packed in panels of 16
// columns, [N/16][K][16], so that one pass over a panel reads memory in order. Every element of C is summed over k
// in order, starting from the bias or from what is there, whatever the tile: an answer does not depend on the batch
// that a row came in.

/**
 * @param a rows of A, `aStride` bytes apart; `m` of them, `k` ≥ 1 numbers each
 * @param b packed panels of B
 * @param bias `16 · panels` numbers
 * @param c rows of C, `cStride` bytes apart
 * @param fused whether the relaxed tier may fuse multiply and add
 */
// @ts-ignore: decorator
@inline
export function gemm(
  a: usize, aStride: usize, m: i32, k: i32, b: usize, panels: i32, bias: usize, c: usize, cStride: usize,
  fused: bool
): void {
  const panelBytes = <usize>k << 6;
  for (; panels > 0; panels--, b += panelBytes, bias += 64, c += 64) {
    let aRow = a, cRow = c, rows = m;
    for (; rows > 1; rows -= 2, aRow += aStride << 1, cRow += cStride << 1) {
      if (ASC_FEATURE_SIMD) tile2x16(aRow, aStride, k, b, bias, bias, cRow, cStride, fused);
      else tile2x16Scalar(aRow, aStride, k, b, bias, bias, cRow, cStride);
    }
    if (rows) {
      if (ASC_FEATURE_SIMD) tile1x16(aRow, k, b, bias, cRow, fused);
      else tile1x16Scalar(aRow, k, b, bias, cRow);
    }
  }
}

/**
 * C += A · B, C being split into panels of 16 columns as B is: rows of a panel are `cStride` bytes apart, panels
 * `cPanelBytes`. (Rows of activations: 64 bytes from panel to panel; packed weights: 64 from row to row.) The relaxed
 * tier may fuse.
 */
export function gemmAdd(
  a: usize, aStride: usize, m: i32, k: i32, b: usize, panels: i32, c: usize, cStride: usize, cPanelBytes: usize
): void {
  const panelBytes = <usize>k << 6;
  for (; panels > 0; panels--, b += panelBytes, c += cPanelBytes) {
    let aRow = a, cRow = c, rows = m;
    for (; rows > 1; rows -= 2, aRow += aStride << 1, cRow += cStride << 1) {
      if (ASC_FEATURE_SIMD) tile2x16(aRow, aStride, k, b, cRow, cRow + cStride, cRow, cStride, true);
      else tile2x16Scalar(aRow, aStride, k, b, cRow, cRow + cStride, cRow, cStride);
    }
    if (rows) {
      if (ASC_FEATURE_SIMD) tile1x16(aRow, k, b, cRow, cRow, true);
      else tile1x16Scalar(aRow, k, b, cRow, cRow);
    }
  }
}

// @ts-ignore: decorator
@inline
function multiplyAdd(x: v128, y: v128, sum: v128, fused: bool): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return fused ? f32x4.relaxed_madd(x, y, sum) : f32x4.add(sum, f32x4.mul(x, y));
  } else {
    return f32x4.add(sum, f32x4.mul(x, y));
  }
}

// Two rows of C, that start from `first` and `second`. Eight accumulators: twelve spill on Node 20 and 22.
// @ts-ignore: decorator
@inline
function tile2x16(
  a: usize, aStride: usize, k: i32, b: usize, first: usize, second: usize, c: usize, cStride: usize, fused: bool
): void {
  let c00 = v128.load(first), c01 = v128.load(first, 16), c02 = v128.load(first, 32), c03 = v128.load(first, 48);
  let c10 = v128.load(second), c11 = v128.load(second, 16);
  let c12 = v128.load(second, 32), c13 = v128.load(second, 48);
  let a1 = a + aStride;
  const end = a + (<usize>k << 2);
  do {
    const b0 = v128.load(b), b1 = v128.load(b, 16), b2 = v128.load(b, 32), b3 = v128.load(b, 48);
    const x = v128.load32_splat(a);
    c00 = multiplyAdd(x, b0, c00, fused);
    c01 = multiplyAdd(x, b1, c01, fused);
    c02 = multiplyAdd(x, b2, c02, fused);
    c03 = multiplyAdd(x, b3, c03, fused);
    const y = v128.load32_splat(a1);
    c10 = multiplyAdd(y, b0, c10, fused);
    c11 = multiplyAdd(y, b1, c11, fused);
    c12 = multiplyAdd(y, b2, c12, fused);
    c13 = multiplyAdd(y, b3, c13, fused);
    b += 64;
    a += 4;
    a1 += 4;
  } while (a < end);
  v128.store(c, c00); v128.store(c, c01, 16); v128.store(c, c02, 32); v128.store(c, c03, 48);
  c += cStride;
  v128.store(c, c10); v128.store(c, c11, 16); v128.store(c, c12, 32); v128.store(c, c13, 48);
}

// @ts-ignore: decorator
@inline
function tile1x16(a: usize, k: i32, b: usize, first: usize, c: usize, fused: bool): void {
  let c0 = v128.load(first), c1 = v128.load(first, 16), c2 = v128.load(first, 32), c3 = v128.load(first, 48);
  const end = a + (<usize>k << 2);
  do {
    const x = v128.load32_splat(a);
    c0 = multiplyAdd(x, v128.load(b), c0, fused);
    c1 = multiplyAdd(x, v128.load(b, 16), c1, fused);
    c2 = multiplyAdd(x, v128.load(b, 32), c2, fused);
    c3 = multiplyAdd(x, v128.load(b, 48), c3, fused);
    b += 64;
    a += 4;
  } while (a < end);
  v128.store(c, c0); v128.store(c, c1, 16); v128.store(c, c2, 32); v128.store(c, c3, 48);
}

function tile2x16Scalar(
  a: usize, aStride: usize, k: i32, b: usize, first: usize, second: usize, c: usize, cStride: usize
): void {
  const end = a + (<usize>k << 2);
  for (let column: usize = 0; column < 64; column += 16) {
    let c00 = load<f32>(first + column), c01 = load<f32>(first + column, 4);
    let c02 = load<f32>(first + column, 8), c03 = load<f32>(first + column, 12);
    let c10 = load<f32>(second + column), c11 = load<f32>(second + column, 4);
    let c12 = load<f32>(second + column, 8), c13 = load<f32>(second + column, 12);
    let x = a, y = b + column;
    do {
      const b0 = load<f32>(y), b1 = load<f32>(y, 4), b2 = load<f32>(y, 8), b3 = load<f32>(y, 12);
      const x0 = load<f32>(x), x1 = load<f32>(x + aStride);
      c00 += x0 * b0; c01 += x0 * b1; c02 += x0 * b2; c03 += x0 * b3;
      c10 += x1 * b0; c11 += x1 * b1; c12 += x1 * b2; c13 += x1 * b3;
      y += 64;
      x += 4;
    } while (x < end);
    const out = c + column;
    store<f32>(out, c00); store<f32>(out, c01, 4); store<f32>(out, c02, 8); store<f32>(out, c03, 12);
    const next = out + cStride;
    store<f32>(next, c10); store<f32>(next, c11, 4); store<f32>(next, c12, 8); store<f32>(next, c13, 12);
  }
}

function tile1x16Scalar(a: usize, k: i32, b: usize, first: usize, c: usize): void {
  const end = a + (<usize>k << 2);
  for (let column: usize = 0; column < 64; column += 16) {
    let c0 = load<f32>(first + column), c1 = load<f32>(first + column, 4);
    let c2 = load<f32>(first + column, 8), c3 = load<f32>(first + column, 12);
    let x = a, y = b + column;
    do {
      const x0 = load<f32>(x);
      c0 += x0 * load<f32>(y); c1 += x0 * load<f32>(y, 4);
      c2 += x0 * load<f32>(y, 8); c3 += x0 * load<f32>(y, 12);
      y += 64;
      x += 4;
    } while (x < end);
    const out = c + column;
    store<f32>(out, c0); store<f32>(out, c1, 4); store<f32>(out, c2, 8); store<f32>(out, c3, 12);
  }
}
