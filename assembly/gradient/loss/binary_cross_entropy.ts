import { exp } from '../../kernel/exp';
import { log } from '../../kernel/log';

/** Mean over a row of the cross-entropy of sigmoid(logit) and a target from 0 to 1. */
export function binaryCrossEntropy(row: usize, width: i32, target: usize, scale: f32, out: usize): f64 {
  const share = scale / <f32>width;
  let total: f64 = 0;
  for (let i: usize = 0; i < <usize>width << 2; i += 4) {
    const x = load<f32>(row + i), y = load<f32>(target + i);
    const small = exp<f32>(-abs<f32>(x));
    const probability = (x < 0 ? small : <f32>1.0) / (<f32>1.0 + small);
    // -log of the probability of y, without a logarithm of what may be 0.
    total += <f64>max<f32>(x, 0) - <f64>x * <f64>y + log(1.0 + <f64>small);
    // x - x: an infinity becomes NaN, which the host looks for.
    store<f32>(out + i, (probability - y + (x - x)) * share);
  }
  return total / <f64>width;
}
