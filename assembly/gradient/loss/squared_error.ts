/** The mean of a row. */
function mean(row: usize, width: i32): f64 {
  let total: f64 = 0;
  for (let i = 0; i < width; i++) total += <f64>load<f32>(row + (<usize>i << 2));
  return total / <f64>width;
}

/**
 * Mean over a row of (output - target)². Centred: of what each is above its row's mean, so that logits are compared as
 * softmax reads them.
 */
export function squaredError(row: usize, width: i32, target: usize, centred: bool, scale: f32, out: usize): f64 {
  const shift = centred ? mean(row, width) - mean(target, width) : 0;
  let total: f64 = 0;
  for (let i: usize = 0; i < <usize>width << 2; i += 4) {
    const difference = <f64>load<f32>(row + i) - <f64>load<f32>(target + i) - shift;
    total += difference * difference;
    store<f32>(out + i, <f32>(<f64>scale * 2.0 * difference / <f64>width));
  }
  return total / <f64>width;
}
