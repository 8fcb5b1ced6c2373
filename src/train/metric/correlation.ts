import { checkFinite, checkLengths } from './check.ts';

/** Whether all values are one. */
export function isConstant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

/** Deviations from the mean, scaled so that the largest is 1: squares of large numbers do not overflow. */
function deviations(values: ArrayLike<number>): Float64Array {
  const largest = Array.prototype.reduce.call(values, (most, x) => Math.max(most as number, Math.abs(x)), 0);
  const result = Float64Array.from(values, (x) => x / (largest as number));
  const mean = result.reduce((sum, x) => sum + x, 0) / result.length;
  const centred = result.map((x) => x - mean);
  const widest = centred.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return centred.map((x) => x / widest);
}

/**
 * Pearson's correlation.
 *
 * @returns -1 to 1; 0 where labels or predictions are all the same, and of fewer than two
 * @throws HashformerError `argument`: lengths differ, or a number is not finite
 */
export function pearson(gold: ArrayLike<number>, predicted: ArrayLike<number>): number {
  checkLengths(gold, predicted);
  checkFinite(gold, 'labels');
  checkFinite(predicted, 'predictions');
  if (isConstant(gold) || isConstant(predicted)) return 0;
  const [a, b] = [deviations(gold), deviations(predicted)];
  let covariance = 0;
  let variance = 0;
  let otherVariance = 0;
  for (let i = 0; i < a.length; i++) {
    covariance += a[i]! * b[i]!;
    variance += a[i]! ** 2;
    otherVariance += b[i]! ** 2;
  }
  return Math.max(-1, Math.min(1, covariance / Math.sqrt(variance * otherVariance)));
}

/** Ranks from 1, ties sharing their mean rank. */
function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (value, i) => ({ value, i })).sort((a, b) => a.value - b.value);
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && order[end]!.value === order[start]!.value) end++;
    for (const { i } of order.slice(start, end)) result[i] = (start + 1 + end) / 2;
    start = end;
  }
  return result;
}

/** Spearman's rank correlation; otherwise as `pearson()`. */
export function spearman(gold: ArrayLike<number>, predicted: ArrayLike<number>): number {
  checkFinite(gold, 'labels');
  checkFinite(predicted, 'predictions');
  return pearson(ranks(gold), ranks(predicted));
}

/** Mean squared error; 0 of none. Otherwise as `pearson()`. */
export function meanSquaredError(gold: ArrayLike<number>, predicted: ArrayLike<number>): number {
  checkLengths(gold, predicted);
  checkFinite(gold, 'labels');
  checkFinite(predicted, 'predictions');
  let sum = 0;
  for (let i = 0; i < gold.length; i++) sum += (gold[i]! - predicted[i]!) ** 2;
  return sum / Math.max(gold.length, 1);
}
