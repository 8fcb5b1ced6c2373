import { exp } from '../../kernel/exp';
import { log } from '../../kernel/log';

/** The largest of a row's numbers; NaN where one of them is not finite, so that the loss tells. */
function largest(row: usize, width: i32): f32 {
  let most = load<f32>(row), zero: f32 = 0;
  for (let i: usize = 0; i < <usize>width << 2; i += 4) {
    const x = load<f32>(row + i);
    most = max<f32>(most, x);
    zero += x - x;
  }
  return most + zero;
}

/** Σ e^((x - most) / temperature) */
// @ts-ignore: decorator
@inline
function partition(row: usize, width: i32, most: f32, temperature: f32): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < <usize>width << 2; i += 4) {
    total += <f64>exp<f32>((load<f32>(row + i) - most) / temperature);
  }
  return total;
}

/** -log softmax(row)[label] */
export function crossEntropy(row: usize, width: i32, label: i32, scale: f32, out: usize): f64 {
  const most = largest(row, width);
  const total = partition(row, width, most, 1);
  for (let i: usize = 0; i < <usize>width << 2; i += 4) {
    const probability = <f64>exp<f32>(load<f32>(row + i) - most) / total;
    store<f32>(out + i, <f32>(<f64>scale * probability));
  }
  const at = <usize>label << 2;
  store<f32>(out + at, load<f32>(out + at) - scale);
  return log(total) - <f64>(load<f32>(row + at) - most);
}

/**
 * T² · KL(softmax(target / T) || softmax(row / T)), the target being a teacher's logits (Hinton, Vinyals & Dean 2015):
 * with T² gradients keep their size whatever the temperature.
 */
export function softCrossEntropy(
  row: usize, width: i32, target: usize, temperature: f32, scale: f32, out: usize
): f64 {
  const most = largest(row, width), targetMost = largest(target, width);
  const total = partition(row, width, most, temperature);
  const targetTotal = partition(target, width, targetMost, temperature);
  let divergence: f64 = 0;
  for (let i: usize = 0; i < <usize>width << 2; i += 4) {
    const x = (load<f32>(row + i) - most) / temperature, y = (load<f32>(target + i) - targetMost) / temperature;
    const p = <f64>exp<f32>(x) / total, q = <f64>exp<f32>(y) / targetTotal;
    divergence += q * (<f64>y - log(targetTotal) - (<f64>x - log(total)));
    store<f32>(out + i, <f32>(<f64>(scale * temperature) * (p - q)));
  }
  return divergence * <f64>temperature * <f64>temperature;
}
