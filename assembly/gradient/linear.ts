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
  addColumnSums(dy, rows, outputStride(linear), gradientOf(linear.bias));
  weightGradient(
    x, xStride, dy, dyStride, rows, gradientOf(linear.weights), linear.panels, linear.rowInputs, scratch
  );
  if (!dx) return;
  inputGradient(
    dy, dyStride, rows, linear.weights, linear.panels, linear.rowInputs, dx, xStride, adds, scratch
  );
}

/** out += the sum of `rows` rows of `width` numbers (a multiple of 4), row by row. */
function addColumnSums(data: usize, rows: i32, width: i32, out: usize): void {
  const rowBytes = <usize>width << 2;
  for (; rows >= 4; rows -= 4, data += rowBytes << 2) {
    if (ASC_FEATURE_SIMD) addFourRows<v128>(data, rowBytes, out);
    else addFourRows<f32>(data, rowBytes, out);
  }
  for (; rows > 0; rows--, data += rowBytes) addInPlace(out, data, width);
}

/** Four rows at a time: `out` is read and written a quarter as often, and summed in the same order. */
// @ts-ignore: decorator
@inline
function addFourRows<T>(data: usize, rowBytes: usize, out: usize): void {
  for (const end = out + rowBytes; out < end; out += sizeof<T>(), data += sizeof<T>()) {
    const two = add<T>(add<T>(load<T>(out), load<T>(data)), load<T>(data + rowBytes));
    store<T>(out, add<T>(add<T>(two, load<T>(data + 2 * rowBytes)), load<T>(data + 3 * rowBytes)));
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
