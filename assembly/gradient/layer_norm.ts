// Layer normalisation in training: the forward pass keeps x̂ = (x - mean) / σ, in place, and 1 / σ of each row.

import { padded } from '../arena';
import { add, mul, splat, sub } from '../kernel/lane';
import { centre } from '../kernel/layer_norm';
import { dot, pairwise, sum } from '../kernel/sum';

/**
 * The same numbers as layerNorm() gives, bit for bit.
 *
 * @param x `rows` rows of `size` numbers, padded with zeros. Becomes x̂.
 * @param scales one 1 / σ a row
 */
export function layerNormKeeping(
  x: usize, rows: i32, size: i32, weight: usize, bias: usize, epsilon: f32, out: usize, scales: usize
): void {
  const stride = <usize>padded(size) << 2;
  for (; rows > 0; rows--, x += stride, out += stride, scales += 4) {
    if (ASC_FEATURE_SIMD) keepRow<v128>(x, size, weight, bias, epsilon, out, scales);
    else keepRow<f32>(x, size, weight, bias, epsilon, out, scales);
  }
}

// @ts-ignore: decorator
@inline
function keepRow<T>(
  x: usize, size: i32, weight: usize, bias: usize, epsilon: f32, out: usize, scales: usize
): void {
  const width = <usize>padded(size) << 2;
  const scale = centre<T>(x, size, epsilon, x);
  store<f32>(scales, scale);
  for (let i: usize = 0; i < width; i += sizeof<T>()) {
    const normal = mul<T>(load<T>(x + i), splat<T>(scale));
    store<T>(x + i, normal);
    store<T>(out + i, add<T>(mul<T>(normal, load<T>(weight + i)), load<T>(bias + i)));
  }
}

/**
 * With g = dy · weight, dx = (g - mean(g) - x̂ · mean(g · x̂)) / σ; adds to the gradients of weight and bias.
 *
 * @param normal, scales what layerNormKeeping() has kept
 * @param dy rows of gradients, padded with zeros; becomes dx
 */
export function layerNormBackward(
  normal: usize, scales: usize, rows: i32, size: i32, weight: usize, dy: usize, dWeight: usize, dBias: usize
): void {
  const stride = <usize>padded(size) << 2;
  for (; rows > 0; rows--, normal += stride, dy += stride, scales += 4) {
    const scale = load<f32>(scales);
    if (ASC_FEATURE_SIMD) rowBackward<v128>(normal, scale, size, weight, dy, dWeight, dBias);
    else rowBackward<f32>(normal, scale, size, weight, dy, dWeight, dBias);
  }
}

// @ts-ignore: decorator
@inline
function rowBackward<T>(
  x: usize, scale: f32, size: i32, weight: usize, dy: usize, dWeight: usize, dBias: usize
): void {
  const width = <usize>padded(size) << 2;
  // Sums over the row, as sum() and dot() have them: of vectors at hand at once, of single lanes behind the loop.
  let gradients = splat<T>(0), products = splat<T>(0);
  for (let i: usize = 0; i < width; i += sizeof<T>()) {
    const normal = load<T>(x + i), gradient = load<T>(dy + i);
    store<T>(dWeight + i, add<T>(load<T>(dWeight + i), mul<T>(gradient, normal)));
    store<T>(dBias + i, add<T>(load<T>(dBias + i), gradient));
    const weighted = mul<T>(gradient, load<T>(weight + i));
    store<T>(dy + i, weighted);
    gradients = add<T>(gradients, weighted);
    products = add<T>(products, mul<T>(weighted, normal));
  }
  const total = isVector<T>() ? pairwise(<v128>gradients) : sum(dy, size);
  const along = isVector<T>() ? pairwise(<v128>products) : dot(dy, x, size);
  const shift = splat<T>(total / <f32>size), slope = splat<T>(along / <f32>size);
  for (let i: usize = 0; i < width; i += sizeof<T>()) {
    const centred = sub<T>(sub<T>(load<T>(dy + i), shift), mul<T>(load<T>(x + i), slope));
    store<T>(dy + i, mul<T>(centred, splat<T>(scale)));
  }
  for (let i = <usize>size << 2; i < width; i += 4) store<f32>(dy + i, 0);
}
