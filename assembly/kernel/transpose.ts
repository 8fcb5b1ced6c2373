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
