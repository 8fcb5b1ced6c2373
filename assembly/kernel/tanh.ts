import { exp } from './exp';

/**
 * tanh of `count` numbers in place, within 2e-7; of an infinity, which only an overflow gives, NaN. Only the
 * classification head needs it: one lane is enough.
 */
export function tanhInPlace(data: usize, count: i32): void {
  for (let p = data, end = data + (<usize>count << 2); p < end; p += 4) {
    const x = load<f32>(p);
    const y = <f32>1.0 - <f32>2.0 / (exp<f32>(<f32>2.0 * abs<f32>(x)) + <f32>1.0);
    store<f32>(p, copysign<f32>(y + (x - x), x));
  }
}
