/** Columns that are transposed at a time: a cache line of them. */
const STRIP: i32 = 16;

/**
 * Four vectors of four 32-bit words as columns: word i of vector j becomes word j of vector i. The vectors written
 * are `stride` bytes apart.
 */
// @ts-ignore: decorator
@inline
export function storeTransposed(a: v128, b: v128, c: v128, d: v128, out: usize, stride: usize): void {
  const low0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5), high0 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const low1 = v128.shuffle<i32>(c, d, 0, 4, 1, 5), high1 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(low0, low1, 0, 2));
  v128.store(out + stride, v128.shuffle<i64>(low0, low1, 1, 3));
  v128.store(out + 2 * stride, v128.shuffle<i64>(high0, high1, 0, 2));
  v128.store(out + 3 * stride, v128.shuffle<i64>(high0, high1, 1, 3));
}

/**
 * `width` columns (a multiple of 4) of `rows` rows, as rows `outStride` bytes apart: a strip of columns at a time, so that
 * the lines written stay in the cache until they are full.
 */
export function transposeRows(data: usize, stride: usize, rows: i32, width: i32, out: usize, outStride: usize): void {
  for (; width > 0; width -= STRIP, data += STRIP << 2, out += <usize>STRIP * outStride) {
    transposeStrip(data, stride, rows, min(width, STRIP), out, outStride);
  }
}

function transposeStrip(data: usize, stride: usize, rows: i32, width: i32, out: usize, outStride: usize): void {
  let row = 0;
  if (ASC_FEATURE_SIMD) {
    for (; row + 4 <= rows; row += 4, data += stride << 2, out += 16) {
      const b = data + stride, c = b + stride, d = c + stride;
      for (let i: usize = 0, to = out; i < <usize>width << 2; i += 16, to += outStride << 2) {
        storeTransposed(v128.load(data + i), v128.load(b + i), v128.load(c + i), v128.load(d + i), to, outStride);
      }
    }
  }
  for (; row < rows; row++, data += stride, out += 4) {
    for (let i: usize = 0; i < <usize>width; i++) store<f32>(out + i * outStride, load<f32>(data + (i << 2)));
  }
}
