import { f32 } from './f32.ts';

/** log2(e), and ln(2) in two parts (Cody & Waite), as float32. */
const LOG2_E = f32(Math.LOG2E);
const LN2_HIGH = 0.693359375;
const LN2_LOW = f32(-2.1219444e-4);
/** Polynomial of Cephes' expf, highest power first, as float32. */
const P0 = f32(1.98756915e-4);
const P1 = f32(1.3981999507e-3);
const P2 = f32(8.3334519073e-3);
const P3 = f32(4.1665795894e-2);
const P4 = f32(1.6666665459e-1);
const P5 = f32(5.0000001201e-1);
/** Adding 1.5 · 2^52 rounds to the nearest integer, ties to even. */
export const ROUND = 6755399441055744;

/** 2^n, by multiplications that are exact. */
function powerOfTwo(n: number): number {
  let result = 1;
  for (; n > 0; n--) result *= 2;
  for (; n < 0; n++) result /= 2;
  return result;
}

/** e^x of a float32 within 2 units in the last place, the bits of assembly/kernel/exp.ts; x is clamped to [-87, 88]. */
export function exp(x: number): number {
  if (x > 88) x = 88;
  if (x < -87) x = -87;
  const n = f32(x * LOG2_E) + ROUND - ROUND;
  const r = f32(f32(x - f32(n * LN2_HIGH)) - f32(n * LN2_LOW));
  let p = f32(f32(P0 * r) + P1);
  p = f32(f32(p * r) + P2);
  p = f32(f32(p * r) + P3);
  p = f32(f32(p * r) + P4);
  p = f32(f32(p * r) + P5);
  p = f32(f32(f32(f32(p * r) * r) + r) + 1);
  return p * powerOfTwo(n);
}
