import { exp } from './exp.ts';
import { f32 } from './f32.ts';

/** tanh of a float32 within 2e-7, the bits of assembly/kernel/tanh.ts; of an infinity, which only an overflow gives, NaN. */
export function tanh(x: number): number {
  const y = f32(1 - f32(2 / f32(exp(f32(2 * (x < 0 ? -x : x))) + 1)));
  return x - x === 0 ? (x < 0 ? -y : y) : Number.NaN;
}
