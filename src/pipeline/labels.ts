import type { Given, OrElse } from '../option-types.ts';
import type { Text } from '../tokenizer/text.ts';
import type { TaskOptions } from './options.ts';

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

export const LABEL_OPTIONS = {
  top_k: { kind: 'count', about: 'how many labels, best first; null for all', alias: 'topK' },
} as const satisfies TaskOptions;

/** How many labels a text has where `top_k` is this. */
export function mostLabels(top_k: number | null = 1): number {
  return top_k ?? Number.POSITIVE_INFINITY;
}

/** How many labels the type of options asks for. */
type TopK<Options> = OrElse<Given<Options, 'top_k'>, OrElse<Given<Options, 'topK'>, 1>>;

/** Of many texts: one label each, a list each, or either where a number is known only when the program runs. */
type OfMany<Count> = [Count] extends [1]
  ? Classification[]
  : 1 extends Count
    ? Classification[] | Classification[][]
    : Classification[][];

/** What a classifier makes of a text or texts, and options. */
export type Classified<Input, Options> = Input extends string ? Classification[] : OfMany<TopK<Options>>;

/** One text, or texts and pairs of texts. */
export type TextInput = string | readonly Text[];

/** Labels with the largest scores, best first; equal scores keep the labels' order. */
export function best(labels: readonly string[], scores: ArrayLike<number>, count: number): Classification[] {
  return labels
    .map((label, i) => ({ label, score: scores[i]! }))
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
}

/**
 * Labels of texts, each with its scores.
 *
 * @param most labels a text
 * @returns of one text its labels; of several the best of each, or with `most` above 1 a list each
 */
export function classified<Input, Options>(
  input: Input,
  results: readonly Classification[][],
  most: number,
): Classified<Input, Options> {
  const answer = !Array.isArray(input) ? results[0] : most === 1 ? results.map(([first]) => first) : results;
  return answer as Classified<Input, Options>;
}
