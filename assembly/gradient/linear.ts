import { add } from '../kernel/lane';
import { Linear, outputStride } from '../tensor';
import { inputGradient, weightGradient } from './gemm';
import { gradientOf } from './parameters';

/**
 * The backward pass of apply(), y = W · x + b: adds to the gradients of W and b, and gives that of x.
 *
 * @param x `rows` rows, `stride` numbers apart, as apply() read them
 * @param dy rows outputStride() apart; padding is zero
 * @param dx rows `stride` apart; 0 where nobody asks. `adds`: dx += instead of dx =
 * @param scratch backwardScratchBytes()
 */
export function applyBackward(
  linear: Linear, x: usize, stride: i32, rows: i32, dy: usize, dx: usize, adds: bool, scratch: usize
): void {
  const dyStride = <usize>outputStride(linear) << 2;
  const xStride = <usize>stride << 2;
  weightGradient(
    x, xStride, dy, dyStride, rows, gradientOf(linear.weights), gradientOf(linear.bias), linear.panels,
    linear.rowInputs, scratch
  );
  if (!dx) return;
  inputGradient(
    dy, dyStride, rows, linear.weights, linear.panels, linear.rowInputs, dx, xStride, adds, scratch
  );
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
