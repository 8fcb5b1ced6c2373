import { padded } from '../arena';
import { add, mul, splat, sub } from '../kernel/lane';
import { dot, sum, sumOfSquares } from '../kernel/sum';

/**
 * The backward pass of layerNorm(): with x̂ = (x - mean) / σ and g = dy · weight,
 * dx = (g - mean(g) - x̂ · mean(g · x̂)) / σ; adds to the gradients of weight and bias.
 *
 * @param x `rows` rows of `size` numbers, padded with zeros: what was normalised. Becomes x̂.
 * @param dy rows of gradients, padded with zeros; becomes dx
 */
export function layerNormBackward(
  x: usize, rows: i32, size: i32, weight: usize, epsilon: f32, dy: usize, dWeight: usize, dBias: usize
): void {
  const stride = <usize>padded(size) << 2;
  for (; rows > 0; rows--, x += stride, dy += stride) {
    if (ASC_FEATURE_SIMD) rowBackward<v128>(x, size, weight, epsilon, dy, dWeight, dBias);
    else rowBackward<f32>(x, size, weight, epsilon, dy, dWeight, dBias);
  }
}

// @ts-ignore: decorator
@inline
function rowBackward<T>(
  x: usize, size: i32, weight: usize, epsilon: f32, dy: usize, dWeight: usize, dBias: usize
): void {
  const width = <usize>padded(size) << 2;
  const mean = splat<T>(sum(x, size) / <f32>size);
  for (let i: usize = 0; i < width; i += sizeof<T>()) store<T>(x + i, sub<T>(load<T>(x + i), mean));
  for (let i = <usize>size << 2; i < width; i += 4) store<f32>(x + i, 0);
  const variance = sumOfSquares(x, size) / <f32>size;
  const scale = splat<T>(<f32>1.0 / sqrt<f32>(variance + epsilon));
  for (let i: usize = 0; i < width; i += sizeof<T>()) {
    const normal = mul<T>(load<T>(x + i), scale);
    const gradient = load<T>(dy + i);
    store<T>(x + i, normal);
    store<T>(dWeight + i, add<T>(load<T>(dWeight + i), mul<T>(gradient, normal)));
    store<T>(dBias + i, add<T>(load<T>(dBias + i), gradient));
    store<T>(dy + i, mul<T>(gradient, load<T>(weight + i)));
  }
  const shift = splat<T>(sum(dy, size) / <f32>size);
  const slope = splat<T>(dot(dy, x, size) / <f32>size);
  for (let i: usize = 0; i < width; i += sizeof<T>()) {
    const centred = sub<T>(sub<T>(load<T>(dy + i), shift), mul<T>(load<T>(x + i), slope));
    store<T>(dy + i, mul<T>(centred, scale));
  }
  for (let i = <usize>size << 2; i < width; i += 4) store<f32>(dy + i, 0);
}
