import { log } from '../kernel/log';
import { nextDouble, seedMt19937 } from './mt19937';

let kept: f64 = 0;
let hasKept: bool = false;

/** numpy.random.seed(seed): also forgets the second number of a pair. */
export function seedNormal(seed: u32): void {
  seedMt19937(seed);
  hasKept = false;
}

/** numpy.random.normal(0, 1) of the legacy generator: Marsaglia's polar method, two numbers a draw. */
export function nextNormal(): f64 {
  if (hasKept) {
    hasKept = false;
    return kept;
  }
  let x: f64, y: f64, square: f64;
  do {
    x = 2.0 * nextDouble() - 1.0;
    y = 2.0 * nextDouble() - 1.0;
    square = x * x + y * y;
  } while (square >= 1.0 || square == 0.0);
  const factor = sqrt<f64>((-2.0 * log(square)) / square);
  kept = factor * x;
  hasKept = true;
  return factor * y;
}
