/** Natural logarithm of a positive normal number within 1 ulp (fdlibm's e_log). */
export function log(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  // x = 2^k · (1 + f) with sqrt(2)/2 < 1 + f < sqrt(2)
  let high = <i32>(bits >> 32) + (0x3ff00000 - 0x3fe6a09e);
  const k = <f64>((high >> 20) - 0x3ff);
  high = (high & 0x000fffff) + 0x3fe6a09e;
  const f = reinterpret<f64>((<i64>high << 32) | (bits & 0xffffffff)) - 1.0;
  const half = 0.5 * f * f;
  const s = f / (2.0 + f);
  const z = s * s, w = z * z;
  const even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const odd =
    z * (6.666666666666735130e-1 + w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)));
  const low = 1.90821492927058770002e-10, ln2 = 6.93147180369123816490e-1;
  return s * (half + even + odd) + k * low - half + f + k * ln2;
}
