import { add, greatest, least, mul, scaleByPowerOfTwo, splat, sub } from './lane';

/**
 * e^x within 2 ulp for x in [-87, 88]; x is clamped to that range, so that the result is always finite and
 * positive. Range reduction by Cody and Waite, polynomial of Cephes' expf.
 */
// @ts-ignore: decorator
@inline
export function exp<T>(x: T): T {
  x = greatest<T>(least<T>(x, splat<T>(88.0)), splat<T>(-87.0));
  // Adding 1.5 · 2^23 rounds to the nearest integer and leaves it in the low bits of the sum.
  const magic = add<T>(mul<T>(x, splat<T>(1.44269504088896341)), splat<T>(12582912.0));
  const n = sub<T>(magic, splat<T>(12582912.0));
  const r = sub<T>(sub<T>(x, mul<T>(n, splat<T>(0.693359375))), mul<T>(n, splat<T>(-2.12194440e-4)));
  let p = splat<T>(1.9875691500e-4);
  p = add<T>(mul<T>(p, r), splat<T>(1.3981999507e-3));
  p = add<T>(mul<T>(p, r), splat<T>(8.3334519073e-3));
  p = add<T>(mul<T>(p, r), splat<T>(4.1665795894e-2));
  p = add<T>(mul<T>(p, r), splat<T>(1.6666665459e-1));
  p = add<T>(mul<T>(p, r), splat<T>(5.0000001201e-1));
  p = add<T>(add<T>(mul<T>(mul<T>(p, r), r), r), splat<T>(1.0));
  return scaleByPowerOfTwo<T>(p, magic);
}
