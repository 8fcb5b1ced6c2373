import { checkInteger } from '../arguments.ts';

export interface Classification {
  label: string;
  /** Probability, 0 to 1; of a regression the number itself. */
  score: number;
}

export interface LabelOptions {
  /** How many labels, best first; null for all. Default 1. */
  top_k?: number | null;
  /** The same, as JavaScript spells it. */
  topK?: number | null;
}

export function checkTopK(most: number | null): number {
  if (most === null) return Number.POSITIVE_INFINITY;
  return checkInteger('The option "top_k"', most, 1, Number.POSITIVE_INFINITY);
}

/** Labels with the largest scores, best first; equal scores keep the labels' order. */
export function best(labels: readonly string[], scores: ArrayLike<number>, count: number): Classification[] {
  return labels
    .map((label, i) => ({ label, score: scores[i]! }))
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
}
