import { checkOneOf } from '../../arguments.ts';
import type { Text } from '../../tokenizer/text.ts';

/**
 * What is learnt: one class a text, a number a text, any of several labels a text, or a class a word. Where there is a
 * pipeline of the same kind, the name is the pipeline's.
 */
export const TASKS = [
  'text-classification',
  'regression',
  'multi-label-classification',
  'token-classification',
] as const;
export type Task = (typeof TASKS)[number];

/** Names that tasks had once: still understood, and in the records of old runs. */
const FORMER_NAMES = {
  classification: 'text-classification',
  multilabel: 'multi-label-classification',
  token: 'token-classification',
} as const satisfies Record<string, Task>;

/** A task, also by the name that it had once. */
export type TaskName = Task | keyof typeof FORMER_NAMES;

/** A task's name today; what is none is given back as it is. */
export function currentTask<T>(name: T): T | Task {
  return Object.hasOwn(FORMER_NAMES, String(name)) ? FORMER_NAMES[name as keyof typeof FORMER_NAMES] : name;
}

/** @throws HashformerError `argument`: there is no such task */
export function checkTask(what: string, name: unknown): Task {
  return checkOneOf(what, currentTask(name), TASKS);
}

/** A text and what is to be learnt of it. */
export interface Example {
  /** Of the task `token-classification`, the words with one space between them: `text.split(' ')` gives them back. */
  readonly text: Text;
  /**
   * Class index, score, multi-hot row (0 or 1 a label; examples with the same labels share it, so do not write to it),
   * or class indexes a word.
   */
  readonly label: number | number[];
}
