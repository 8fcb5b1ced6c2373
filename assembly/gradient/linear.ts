import { add } from '../kernel/lane';
import { Linear, outputStride } from '../tensor';
import { inputGradient, packTransposed, rowBlock, weightGradient } from './gemm';
import { gradientOf } from './parameters';

/** Writes the transpose of a layer's weights, as applyBackward() reads it, to `out`: transposedBytes(). */
export function transposeWeights(linear: Linear, out: usize): void {
  packTransposed(linear.weights, linear.panels, linear.rowInputs, out);
}

/**
 * The backward pass of apply(), y = W · x + b: adds to the gradients of W and b, and gives that of x.
 *
 * @param transposed what transposeWeights() has written
 * @param x `rows` rows, `stride` numbers apart, as apply() read them
 * @param dy rows outputStride() apart; padding is zero
 * @param dx rows `stride` apart; 0 where nobody asks. `adds`: dx += instead of dx =
 * @param scratch copiesBytes()
 */
export function applyBackward(
  linear: Linear, transposed: usize, x: usize, stride: i32, rows: i32, dy: usize, dx: usize, adds: bool,
  scratch: usize
): void {
  const panels = linear.panels, inputs = linear.rowInputs;
  const dyStride = <usize>outputStride(linear) << 2, xStride = <usize>stride << 2;
  const dWeights = gradientOf(linear.weights), dBias = gradientOf(linear.bias);
  const block = rowBlock();
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    weightGradient(x, xStride, dy, dyStride, count, dWeights, dBias, panels, inputs, scratch);
    if (dx) {
      inputGradient(dy, dyStride, count, transposed, panels, inputs, dx, xStride, adds);
      dx += <usize>count * xStride;
    }
    x += <usize>count * xStride;
    dy += <usize>count * dyStride;
  }
}

/** out += data, `count` numbers (a multiple of 4). */
export function addInPlace(out: usize, data: usize, count: i32): void {
  if (ASC_FEATURE_SIMD) addLanes<v128>(out, data, count);
  else addLanes<f32>(out, data, count);
}

// @ts-ignore: decorator
@inline
function addLanes<T>(out: usize, data: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count << 2; i += sizeof<T>()) {
    store<T>(out + i, add<T>(load<T>(out + i), load<T>(data + i)));
  }
}
