import { pairwise } from '../kernel/sum';

/**
 * Sum of the squares of `count` numbers, a multiple of 16. Number i is added to partial sum i mod 16, so that no addition
 * waits for the one before; the partial sums are then added pairwise, in every tier alike.
 */
export function blockSquares(data: usize, count: i32): f32 {
  const end = data + (<usize>count << 2);
  if (ASC_FEATURE_SIMD) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    for (; data < end; data += 64) {
      const x = v128.load(data), y = v128.load(data, 16), z = v128.load(data, 32), w = v128.load(data, 48);
      a = f32x4.add(a, f32x4.mul(x, x)); b = f32x4.add(b, f32x4.mul(y, y));
      c = f32x4.add(c, f32x4.mul(z, z)); d = f32x4.add(d, f32x4.mul(w, w));
    }
    return pairwise(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  } else {
    return lane(data, end) + lane(data + 4, end) + (lane(data + 8, end) + lane(data + 12, end));
  }
}

/** One lane of the four vectors of partial sums, added as vectors are. */
function lane(data: usize, end: usize): f32 {
  return strided(data, end) + strided(data + 16, end) + (strided(data + 32, end) + strided(data + 48, end));
}

function strided(data: usize, end: usize): f32 {
  let total: f32 = 0;
  for (; data < end; data += 64) {
    const x = load<f32>(data);
    total += x * x;
  }
  return total;
}
