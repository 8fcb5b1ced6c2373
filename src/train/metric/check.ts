import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';

/** @throws HashformerError `argument`: not as many predictions as labels */
export function checkLengths(gold: ArrayLike<unknown>, predicted: ArrayLike<unknown>): void {
  if (gold.length === predicted.length) return;
  throw new HashformerError(
    'argument',
    `Expected as many predictions as labels, ${gold.length}, got ${predicted.length}.`,
  );
}

/** @throws HashformerError `argument`: no class of a label or prediction */
export function checkClass(value: number, classes: number, what: string): void {
  if (Number.isInteger(value) && value >= 0 && value < classes) return;
  throw new HashformerError(
    'argument',
    `Expected ${what} of 0 to ${classes - 1} (${classes} classes), got ${show(value)}.`,
  );
}

/** @throws HashformerError `argument`: a number that is not finite */
export function checkFinite(values: ArrayLike<number>, what: string): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new HashformerError('argument', `Expected finite ${what}, got ${show(values[i])} at ${i}.`);
  }
}
