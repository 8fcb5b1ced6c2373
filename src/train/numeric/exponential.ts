// Powers of e and logarithms that give the same bits on every engine: Math.exp and Math.log may differ between them, the
// four operations do not.

/** ln 2 in two parts; a multiple of the first, of 32 bits, below 2^21 is exact (fdlibm's e_exp.c, Sun Microsystems 1993). */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** Terms that series need for all 53 bits. */
const EXP_TERMS = 14;
const LOG_TERMS = 19;

/** e^x within 1e-15 of itself, for x <= 0; below -700 it is 0. */
export function exp(x: number): number {
  if (x < -700) return 0;
  const halvings = Math.round(-x / Math.LN2);
  const rest = x + halvings * LN2_HIGH + halvings * LN2_LOW;
  let sum = 1;
  for (let i = EXP_TERMS; i > 0; i--) sum = 1 + (sum * rest) / i;
  for (let i = 0; i < halvings; i++) sum /= 2;
  return sum;
}

/** ln(1 + x) within 1e-15 of itself, for x from 0 to 1: twice the inverse hyperbolic tangent of x / (2 + x). */
export function log1p(x: number): number {
  const ratio = x / (2 + x);
  const square = ratio * ratio;
  let sum = 0;
  for (let i = LOG_TERMS; i >= 0; i--) sum = sum * square + 1 / (2 * i + 1);
  return 2 * ratio * sum;
}

/** ln x within 1e-15 of itself, for x >= 1. */
export function log(x: number): number {
  let mantissa = x;
  let halvings = 0;
  for (; mantissa >= 2; mantissa /= 2) halvings++;
  return halvings * LN2_HIGH + (log1p(mantissa - 1) + halvings * LN2_LOW);
}
