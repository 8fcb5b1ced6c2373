import { exp } from './exp';
import { greatest, mul, splat, sub } from './lane';
import { sum } from './sum';

/**
 * softmax(scale · row) in place, for one row of `count` ≥ 1 numbers. The row must be writable up to the next
 * multiple of four; what lies there becomes zero.
 */
export function softmaxRow(row: usize, count: i32, scale: f32): void {
  if (ASC_FEATURE_SIMD) softmax<v128>(row, count, scale);
  else softmax<f32>(row, count, scale);
}

// @ts-ignore: decorator
@inline
function softmax<T>(row: usize, count: i32, scale: f32): void {
  const largest = maximum(row, count) * scale;
  const end = row + (<usize>count << 2);
  const rowEnd = row + ((<usize>(count + 3) & ~3) << 2);
  for (let p = row; p < end; p += sizeof<T>()) {
    store<T>(p, exp<T>(sub<T>(mul<T>(load<T>(p), splat<T>(scale)), splat<T>(largest))));
  }
  for (let p = end; p < rowEnd; p += 4) store<f32>(p, 0);
  const reciprocal = <f32>1.0 / sum(row, count);
  for (let p = row; p < end; p += sizeof<T>()) {
    store<T>(p, mul<T>(load<T>(p), splat<T>(reciprocal)));
  }
}

/** The largest of `count` ≥ 1 numbers. */
function maximum(data: usize, count: i32): f32 {
  const end = data + (<usize>count << 2);
  let largest = load<f32>(data);
  if (ASC_FEATURE_SIMD) {
    let partial = f32x4.splat(largest);
    for (; data + 16 <= end; data += 16) partial = f32x4.pmax(partial, v128.load(data));
    largest = greatest<f32>(
      greatest<f32>(f32x4.extract_lane(partial, 0), f32x4.extract_lane(partial, 1)),
      greatest<f32>(f32x4.extract_lane(partial, 2), f32x4.extract_lane(partial, 3))
    );
  }
  for (; data < end; data += 4) largest = greatest<f32>(largest, load<f32>(data));
  return largest;
}

/** 1 / (1 + e^-x) of `count` numbers in place. */
export function sigmoidInPlace(data: usize, count: i32): void {
  for (let end = data + (<usize>count << 2); data < end; data += 4) {
    store<f32>(data, <f32>1.0 / (<f32>1.0 + exp<f32>(-load<f32>(data))));
  }
}
