// A cosine that gives the same bits on every engine: Math.cos may differ between them, the four operations do not.

/** π/2 in two parts; a multiple of the first, of 33 bits, below 2^20 is exact. */
const HALF_PI_HIGH = 1.5707963267341256;
const HALF_PI_LOW = 6.077100506506192e-11;

/** cos x for |x| <= π/4, where `tail` is what x lacks of its exact value (fdlibm's k_cos.c, Sun Microsystems 1993). */
function cosineNearZero(x: number, tail: number): number {
  const z = x * x;
  const series =
    z *
    (0.0416666666666666 +
      z *
        (-0.001388888888887411 +
          z *
            (2.480158728947673e-5 +
              z * (-2.7557314351390663e-7 + z * (2.087572321298175e-9 + z * -1.1359647557788195e-11)))));
  const half = 0.5 * z;
  const whole = 1 - half;
  return whole + (1 - whole - half + (z * series - x * tail));
}

/** sin x for |x| <= π/4 (fdlibm's k_sin.c). */
function sineNearZero(x: number, tail: number): number {
  const z = x * x;
  const cube = z * x;
  const series =
    0.00833333333332249 +
    z *
      (-0.0001984126982985795 +
        z * (2.7557313707070068e-6 + z * (-2.5050760253406863e-8 + z * 1.58969099521155e-10)));
  return x - (z * (0.5 * tail - cube * series) - tail - cube * -0.16666666666666632);
}

/** cos x of a number of radians, |x| below a million, within 1e-15. */
export function cosine(x: number): number {
  const quarter = Math.round(Math.abs(x) / (Math.PI / 2));
  const reduced = Math.abs(x) - quarter * HALF_PI_HIGH;
  const low = quarter * HALF_PI_LOW;
  const near = reduced - low;
  const tail = reduced - near - low;
  switch (quarter % 4) {
    case 0:
      return cosineNearZero(near, tail);
    case 1:
      return -sineNearZero(near, tail);
    case 2:
      return -cosineNearZero(near, tail);
    default:
      return sineNearZero(near, tail);
  }
}
