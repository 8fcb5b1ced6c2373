import { add, div, mul, root, splat, sub } from '../kernel/lane';

/**
 * AdamW with decoupled weight decay (Loshchilov & Hutter 2019) over `count` numbers (a multiple of 4), in the order of
 * PyTorch's: decay, moments, step.
 *
 * @param rate learning rate / (1 - β1^t)
 * @param decay 1 - learning rate · weight decay, or 1
 * @param correction 1 / sqrt(1 - β2^t)
 */
export function adamw(
  weights: usize, gradients: usize, first: usize, second: usize, count: i32, rate: f32, decay: f32, beta1: f32,
  beta2: f32, epsilon: f32, correction: f32
): void {
  if (ASC_FEATURE_SIMD) {
    step<v128>(weights, gradients, first, second, count, rate, decay, beta1, beta2, epsilon, correction);
  } else {
    step<f32>(weights, gradients, first, second, count, rate, decay, beta1, beta2, epsilon, correction);
  }
}

// @ts-ignore: decorator
@inline
function step<T>(
  weights: usize, gradients: usize, first: usize, second: usize, count: i32, rate: f32, decay: f32, beta1: f32,
  beta2: f32, epsilon: f32, correction: f32
): void {
  const rates = splat<T>(rate), decays = splat<T>(decay), epsilons = splat<T>(epsilon);
  const old1 = splat<T>(beta1), new1 = splat<T>(<f32>1.0 - beta1);
  const old2 = splat<T>(beta2), new2 = splat<T>(<f32>1.0 - beta2);
  const corrections = splat<T>(correction);
  for (let i: usize = 0; i < <usize>count << 2; i += sizeof<T>()) {
    const g = load<T>(gradients + i);
    const m = add<T>(mul<T>(old1, load<T>(first + i)), mul<T>(new1, g));
    const v = add<T>(mul<T>(old2, load<T>(second + i)), mul<T>(new2, mul<T>(g, g)));
    store<T>(first + i, m);
    store<T>(second + i, v);
    const denominator = add<T>(mul<T>(root<T>(v), corrections), epsilons);
    store<T>(weights + i, sub<T>(mul<T>(load<T>(weights + i), decays), mul<T>(rates, div<T>(m, denominator))));
  }
}
