import { padded } from '../arena';
import { add, mul, splat, sub } from './lane';
import { sum, sumOfSquares } from './sum';

// Layer normalisation (Ba, Kiros & Hinton 2016), of the residual sum as post-LayerNorm encoders need it.

/**
 * out = LayerNorm(x + residual) for `rows` rows of `size` numbers; all rows `padded(size)` wide, zero beyond
 * `size`, also in `out`. `out` may be `x` or `residual`. A `residual` of 0 means none.
 */
export function layerNorm(
  x: usize, residual: usize, rows: i32, size: i32, weight: usize, bias: usize, epsilon: f32, out: usize
): void {
  const stride = <usize>padded(size) << 2;
  for (; rows > 0; rows--, x += stride, out += stride) {
    if (ASC_FEATURE_SIMD) normalizeRow<v128>(x, residual, size, weight, bias, epsilon, out);
    else normalizeRow<f32>(x, residual, size, weight, bias, epsilon, out);
    if (residual) residual += stride;
  }
}

// @ts-ignore: decorator
@inline
function normalizeRow<T>(
  x: usize, residual: usize, size: i32, weight: usize, bias: usize, epsilon: f32, out: usize
): void {
  const width = <usize>padded(size) << 2;
  if (residual) {
    for (let i: usize = 0; i < width; i += sizeof<T>()) {
      store<T>(out + i, add<T>(load<T>(x + i), load<T>(residual + i)));
    }
    x = out;
  }
  const scale = centre<T>(x, size, epsilon, out);
  for (let i: usize = 0; i < width; i += sizeof<T>()) {
    const centred = load<T>(out + i);
    store<T>(
      out + i, add<T>(mul<T>(mul<T>(centred, splat<T>(scale)), load<T>(weight + i)), load<T>(bias + i))
    );
  }
}

/**
 * out = x - mean(x) of one row, zero beyond `size`; `out` may be `x`.
 *
 * @returns 1 / σ
 */
// @ts-ignore: decorator
@inline
export function centre<T>(x: usize, size: i32, epsilon: f32, out: usize): f32 {
  const width = <usize>padded(size) << 2;
  const mean = sum(x, size) / <f32>size;
  for (let i: usize = 0; i < width; i += sizeof<T>()) {
    store<T>(out + i, sub<T>(load<T>(x + i), splat<T>(mean)));
  }
  for (let i = <usize>size << 2; i < width; i += 4) store<f32>(out + i, 0);
  const variance = sumOfSquares(out, size) / <f32>size;
  // Numbers whose squares overflow would all become 0: NaN tells.
  return variance < Infinity ? <f32>1.0 / sqrt<f32>(variance + epsilon) : NaN;
}
