// Sums of one row. Every tier adds element i to partial sum i mod 4 and then the four partial sums pairwise,
// so that all tiers round alike. Rows are padded with zeros to a multiple of four.

/** Sum of `count` numbers. */
export function sum(data: usize, count: i32): f32 {
  if (ASC_FEATURE_SIMD) {
    let partial = f32x4.splat(0);
    for (let end = data + (<usize>count << 2); data < end; data += 16) {
      partial = f32x4.add(partial, v128.load(data));
    }
    return pairwise(partial);
  } else {
    return (
      strided(data, count) + strided(data + 4, count - 1) +
      (strided(data + 8, count - 2) + strided(data + 12, count - 3))
    );
  }
}

/** Sum of the squares of `count` numbers. */
export function sumOfSquares(data: usize, count: i32): f32 {
  if (ASC_FEATURE_SIMD) {
    let partial = f32x4.splat(0);
    for (let end = data + (<usize>count << 2); data < end; data += 16) {
      const x = v128.load(data);
      partial = f32x4.add(partial, f32x4.mul(x, x));
    }
    return pairwise(partial);
  } else {
    return (
      stridedSquares(data, count) + stridedSquares(data + 4, count - 1) +
      (stridedSquares(data + 8, count - 2) + stridedSquares(data + 12, count - 3))
    );
  }
}

/** Sum of the products of `count` numbers each. */
export function dot(a: usize, b: usize, count: i32): f32 {
  if (ASC_FEATURE_SIMD) {
    let partial = f32x4.splat(0);
    for (let end = a + (<usize>count << 2); a < end; a += 16, b += 16) {
      partial = f32x4.add(partial, f32x4.mul(v128.load(a), v128.load(b)));
    }
    return pairwise(partial);
  } else {
    return (
      stridedProducts(a, b, count) + stridedProducts(a + 4, b + 4, count - 1) +
      (stridedProducts(a + 8, b + 8, count - 2) + stridedProducts(a + 12, b + 12, count - 3))
    );
  }
}

/** The sum of four partial sums. */
// @ts-ignore: decorator
@inline
export function pairwise(partial: v128): f32 {
  return (
    f32x4.extract_lane(partial, 0) + f32x4.extract_lane(partial, 1) +
    (f32x4.extract_lane(partial, 2) + f32x4.extract_lane(partial, 3))
  );
}

function strided(data: usize, remaining: i32): f32 {
  let total: f32 = 0;
  for (; remaining > 0; remaining -= 4, data += 16) total += load<f32>(data);
  return total;
}

function stridedSquares(data: usize, remaining: i32): f32 {
  let total: f32 = 0;
  for (; remaining > 0; remaining -= 4, data += 16) {
    const x = load<f32>(data);
    total += x * x;
  }
  return total;
}

function stridedProducts(a: usize, b: usize, remaining: i32): f32 {
  let total: f32 = 0;
  for (; remaining > 0; remaining -= 4, a += 16, b += 16) total += load<f32>(a) * load<f32>(b);
  return total;
}
