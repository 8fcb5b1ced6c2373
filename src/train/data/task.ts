import type { Text } from '../../tokenizer/text.ts';

/** What is learnt: one class a text, a number a text, any of several labels a text, or a class a word. */
export const TASK_KINDS = ['classification', 'regression', 'multilabel', 'token'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** A text and what is to be learnt of it. */
export interface Example {
  /** Of the task `token`, the words with one space between them: `text.split(' ')` gives them back. */
  readonly text: Text;
  /**
   * Class index, score, multi-hot row (0 or 1 a label; examples with the same labels share it, so do not write to it),
   * or class indexes a word.
   */
  readonly label: number | number[];
}
