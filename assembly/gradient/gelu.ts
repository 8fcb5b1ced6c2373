import { exp } from '../kernel/exp';
import { tail } from '../kernel/gelu';
import { add, div, greatest, magnitude, mul, select, splat, sub } from '../kernel/lane';

/** 1 / sqrt(2π) */
const DENSITY: f32 = 0.3989422804014327;

/**
 * GELU of `count` numbers (a multiple of 4) as geluInPlace() has it, and its derivative Φ(x) + x · φ(x), which shares
 * the most expensive part.
 *
 * @param x becomes the derivative
 * @param out x · Φ(x)
 */
export function geluKeeping(x: usize, out: usize, count: i32): void {
  if (ASC_FEATURE_SIMD) keep<v128>(x, out, count);
  else keep<f32>(x, out, count);
}

// @ts-ignore: decorator
@inline
function keep<T>(x: usize, out: usize, count: i32): void {
  const half = splat<T>(-0.5), density = splat<T>(DENSITY), one = splat<T>(1), zero = splat<T>(0);
  for (let end = x + (<usize>count << 2); x < end; x += sizeof<T>(), out += sizeof<T>()) {
    const value = load<T>(x);
    const z = magnitude<T>(value);
    const below = div<T>(one, tail<T>(z));
    store<T>(out, sub<T>(greatest<T>(value, zero), mul<T>(z, below)));
    const normal = mul<T>(exp<T>(mul<T>(mul<T>(value, value), half)), density);
    store<T>(x, add<T>(select<T>(value, below, sub<T>(one, below)), mul<T>(value, normal)));
  }
}

/** dy = dy · slope, `count` numbers (a multiple of 4). */
export function multiplyInPlace(dy: usize, slope: usize, count: i32): void {
  if (ASC_FEATURE_SIMD) multiply<v128>(dy, slope, count);
  else multiply<f32>(dy, slope, count);
}

// @ts-ignore: decorator
@inline
function multiply<T>(dy: usize, slope: usize, count: i32): void {
  for (let end = dy + (<usize>count << 2); dy < end; dy += sizeof<T>(), slope += sizeof<T>()) {
    store<T>(dy, mul<T>(load<T>(dy), load<T>(slope)));
  }
}
