import { exp } from '../kernel/exp';
import { tail } from '../kernel/gelu';
import { add, div, magnitude, mul, select, splat, sub } from '../kernel/lane';

/** 1 / sqrt(2π) */
const DENSITY: f32 = 0.3989422804014327;

/** dx = dy · (Φ(x) + x · φ(x)), the derivative of x · Φ(x), of `count` numbers (a multiple of 4); `dy` becomes dx. */
export function geluBackward(x: usize, dy: usize, count: i32): void {
  if (ASC_FEATURE_SIMD) backward<v128>(x, dy, count);
  else backward<f32>(x, dy, count);
}

// @ts-ignore: decorator
@inline
function backward<T>(x: usize, dy: usize, count: i32): void {
  const half = splat<T>(-0.5), density = splat<T>(DENSITY), one = splat<T>(1);
  for (let end = x + (<usize>count << 2); x < end; x += sizeof<T>(), dy += sizeof<T>()) {
    const value = load<T>(x);
    const below = div<T>(one, tail<T>(magnitude<T>(value)));
    const normal = mul<T>(exp<T>(mul<T>(mul<T>(value, value), half)), density);
    const slope = add<T>(select<T>(value, below, sub<T>(one, below)), mul<T>(value, normal));
    store<T>(dy, mul<T>(load<T>(dy), slope));
  }
}
