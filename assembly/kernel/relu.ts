import { greatest, splat } from './lane';

/** max(x, 0) of `count` numbers (a multiple of 4) in place; NaN stays. */
export function reluInPlace(data: usize, count: i32): void {
  if (ASC_FEATURE_SIMD) apply<v128>(data, count);
  else apply<f32>(data, count);
}

// @ts-ignore: decorator
@inline
function apply<T>(data: usize, count: i32): void {
  for (let end = data + (<usize>count << 2); data < end; data += sizeof<T>()) {
    store<T>(data, greatest<T>(load<T>(data), splat<T>(0)));
  }
}
