import { checkClass, checkLengths } from './check.ts';

/** How often gold class i (row) was predicted as class j (column). */
export type Confusion = readonly (readonly number[])[];

/**
 * Counts what every class was predicted as.
 *
 * @param gold, predicted class indexes, one an example
 * @returns `classes` rows of `classes` counts
 * @throws HashformerError `argument`: lengths differ, or an index is no class
 */
export function confusionMatrix(
  gold: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): number[][] {
  checkLengths(gold, predicted);
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < gold.length; i++) {
    checkClass(gold[i]!, classes, 'a label');
    checkClass(predicted[i]!, classes, 'a prediction');
    counts[gold[i]!]![predicted[i]!]!++;
  }
  return counts;
}

/** How often each class occurs, as a label and as a prediction. */
export function marginals(confusion: Confusion): { gold: number[]; predicted: number[] } {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    gold: confusion.map(sum),
    predicted: confusion.map((_, j) => sum(confusion.map((row) => row[j]!))),
  };
}

function hits(confusion: Confusion): number {
  return confusion.reduce((total, row, i) => total + row[i]!, 0);
}

/**
 * F1 = 2 tp / (2 tp + fp + fn), from counts.
 *
 * @param occurrences tp + fn + tp + fp: how often a class is a label, and how often a prediction
 * @returns 0 where there is neither, as in scikit-learn
 */
export function f1(truePositives: number, occurrences: number): number {
  return occurrences === 0 ? 0 : (2 * truePositives) / occurrences;
}

/** The part of examples predicted right; 0 of none. */
export function accuracy(confusion: Confusion): number {
  const total = marginals(confusion).gold.reduce((sum, count) => sum + count, 0);
  return total === 0 ? 0 : hits(confusion) / total;
}

/** F1 of one class against all others. */
export function f1Binary(confusion: Confusion, positive = 1): number {
  const { gold, predicted } = marginals(confusion);
  return f1(confusion[positive]![positive]!, gold[positive]! + predicted[positive]!);
}

/** The mean F1 of all classes that occur, as a label or as a prediction; 0 where none does. */
export function f1Macro(confusion: Confusion): number {
  const { gold, predicted } = marginals(confusion);
  const occurring = confusion.flatMap((row, i) => {
    const occurrences = gold[i]! + predicted[i]!;
    return occurrences === 0 ? [] : [f1(row[i]!, occurrences)];
  });
  return occurring.reduce((sum, value) => sum + value, 0) / Math.max(occurring.length, 1);
}

/**
 * F1 of the summed counts of all classes.
 *
 * @param without a class that is left out, as "O" of named entities; over all classes micro F1 is the accuracy
 */
export function f1Micro(confusion: Confusion, without?: number): number {
  const { gold, predicted } = marginals(confusion);
  let truePositives = 0;
  let occurrences = 0;
  for (const [i, row] of confusion.entries()) {
    if (i === without) continue;
    truePositives += row[i]!;
    occurrences += gold[i]! + predicted[i]!;
  }
  return f1(truePositives, occurrences);
}

/**
 * Matthews correlation coefficient, of two classes or more (Gorodkin 2004).
 *
 * @returns -1 to 1; 0 where all labels or all predictions are of one class, as in scikit-learn
 */
export function matthews(confusion: Confusion): number {
  const { gold, predicted } = marginals(confusion);
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  const total = gold.reduce((sum, count) => sum + count, 0);
  const variance = (total ** 2 - dot(gold, gold)) * (total ** 2 - dot(predicted, predicted));
  if (variance === 0) return 0;
  return (hits(confusion) * total - dot(gold, predicted)) / Math.sqrt(variance);
}
