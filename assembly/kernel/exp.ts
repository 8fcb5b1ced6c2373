import { add, constant, greatest, least, mul, scaleByPowerOfTwo, sub } from './lane';

/** Highest and lowest argument, log2(e), 1.5 · 2^23, ln(2) in two parts (Cody & Waite), then 1. */
const REDUCTION = memory.data<f32>([88, -87, 1.44269504088896341, 12582912, 0.693359375, -2.12194440e-4, 1]);
/** Polynomial of Cephes' expf, highest power first. */
const POLYNOMIAL = memory.data<f32>([
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1
]);

/**
 * e^x within 2 ulp for x in [-87, 88]; x is clamped to that range, so that the result is always finite and
 * positive.
 */
// @ts-ignore: decorator
@inline
export function exp<T>(x: T): T {
  x = greatest<T>(least<T>(x, constant<T>(REDUCTION, 0)), constant<T>(REDUCTION, 1));
  // Adding 1.5 · 2^23 rounds to the nearest integer and leaves it in the low bits of the sum.
  const magic = add<T>(mul<T>(x, constant<T>(REDUCTION, 2)), constant<T>(REDUCTION, 3));
  const n = sub<T>(magic, constant<T>(REDUCTION, 3));
  const r = sub<T>(sub<T>(x, mul<T>(n, constant<T>(REDUCTION, 4))), mul<T>(n, constant<T>(REDUCTION, 5)));
  let p = constant<T>(POLYNOMIAL, 0);
  p = add<T>(mul<T>(p, r), constant<T>(POLYNOMIAL, 1));
  p = add<T>(mul<T>(p, r), constant<T>(POLYNOMIAL, 2));
  p = add<T>(mul<T>(p, r), constant<T>(POLYNOMIAL, 3));
  p = add<T>(mul<T>(p, r), constant<T>(POLYNOMIAL, 4));
  p = add<T>(mul<T>(p, r), constant<T>(POLYNOMIAL, 5));
  p = add<T>(add<T>(mul<T>(mul<T>(p, r), r), r), constant<T>(REDUCTION, 6));
  return scaleByPowerOfTwo<T>(p, magic);
}
