/** 1 - cos(vector, target). A vector of zeros has the cosine 0 and no gradient. */
export function cosine(row: usize, width: i32, target: usize, scale: f32, out: usize): f64 {
  let product: f64 = 0, squares: f64 = 0, targetSquares: f64 = 0;
  for (let i: usize = 0; i < <usize>width << 2; i += 4) {
    const x = <f64>load<f32>(row + i), y = <f64>load<f32>(target + i);
    product += x * y;
    squares += x * x;
    targetSquares += y * y;
  }
  const norms = sqrt<f64>(squares * targetSquares);
  if (norms == 0) return 1;
  const cos = product / norms;
  for (let i: usize = 0; i < <usize>width << 2; i += 4) {
    const slope = <f64>load<f32>(target + i) / norms - <f64>load<f32>(row + i) * cos / squares;
    store<f32>(out + i, <f32>(-<f64>scale * slope));
  }
  return 1.0 - cos;
}
