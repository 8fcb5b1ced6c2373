import { HashformerError } from '../../errors.ts';
import type { Task } from '../data/task.ts';
import {
  accuracy,
  type Confusion,
  confusionMatrix,
  f1Binary,
  f1Macro,
  f1Micro,
  marginals,
  matthews,
} from './classification.ts';
import { isConstant, meanSquaredError, pearson, spearman } from './correlation.ts';
import { type MultiHot, multilabelScores } from './multilabel.ts';
import { tokenConfusion } from './token.ts';

/** What predictions are worth. */
export interface Measured {
  /**
   * By name, see METRICS: classification `accuracy`, `f1` (of two classes: of the second), `f1_macro`,
   * `matthews`; regression `pearson`, `spearman`, `mse`; multilabel `f1_micro`, `f1_macro`, `accuracy` (all labels of an
   * example right); token `accuracy`, `f1_macro` and, where there is a label "O", `f1_micro` of all others.
   */
  readonly metrics: Record<string, number>;
  /** Classification and token: how often a label (row) was predicted as a label (column). */
  readonly confusion?: number[][];
  /** What makes a number mean less than it seems, a sentence each. */
  readonly notes: string[];
}

/** Names of a task's metrics, the most usual first. */
export const METRICS = {
  'text-classification': ['accuracy', 'f1', 'f1_macro', 'matthews'],
  regression: ['pearson', 'spearman', 'mse'],
  'multi-label-classification': ['f1_micro', 'f1_macro', 'accuracy'],
  'token-classification': ['accuracy', 'f1_macro', 'f1_micro'],
} as const satisfies Record<Task, readonly string[]>;

/** What the best model can be chosen by. */
export type DevMetric = (typeof METRICS)[Task][number] | 'loss';

/** Whether more of it is better. */
export const HIGHER_IS_BETTER: Readonly<Record<DevMetric, boolean>> = {
  accuracy: true,
  f1: true,
  f1_macro: true,
  f1_micro: true,
  matthews: true,
  pearson: true,
  spearman: true,
  mse: false,
  loss: false,
};

const LISTED = 5;

function list(labels: readonly string[]): string {
  const shown = labels.slice(0, LISTED).map((label) => JSON.stringify(label));
  return shown.join(', ') + (labels.length > LISTED ? ` and ${labels.length - LISTED} more` : '');
}

function notesOn(confusion: Confusion, labels: readonly string[]): string[] {
  const { gold, predicted } = marginals(confusion);
  const only = (counts: readonly number[]) => labels.filter((_, i) => counts[i]! > 0);
  const [occurring, said] = [only(gold), only(predicted)];
  if (occurring.length === 0) return ['There was nothing to evaluate: all metrics are 0.'];
  const notes: string[] = [];
  if (said.length === 1)
    notes.push(`Every prediction is ${list(said)}: Matthews correlation is 0 by definition.`);
  if (occurring.length === 1)
    notes.push(`Every label is ${list(occurring)}: Matthews correlation is 0 by definition.`);
  const never = occurring.filter((label) => !said.includes(label));
  if (never.length > 0) notes.push(`Never predicted, so that their F1 is 0: ${list(never)}.`);
  return notes;
}

function ofConfusion(confusion: number[][], labels: readonly string[], task: Task): Measured {
  const metrics: Record<string, number> = { accuracy: accuracy(confusion) };
  if (task === 'text-classification' && labels.length === 2) metrics.f1 = f1Binary(confusion);
  metrics.f1_macro = f1Macro(confusion);
  const outside = labels.indexOf('O');
  if (task === 'token-classification' && outside !== -1) metrics.f1_micro = f1Micro(confusion, outside);
  if (task === 'text-classification') metrics.matthews = matthews(confusion);
  return { metrics, confusion, notes: notesOn(confusion, labels) };
}

function ofNumbers(gold: ArrayLike<number>, predicted: ArrayLike<number>): Measured {
  const notes: string[] = [];
  const constant = (values: ArrayLike<number>, what: string) => {
    if (isConstant(values)) notes.push(`${what} the same: correlations are 0 by definition.`);
  };
  if (gold.length === 0) notes.push('There was nothing to evaluate: all metrics are 0.');
  else {
    constant(predicted, 'All predictions are');
    constant(gold, 'All labels are');
  }
  const metrics = {
    pearson: pearson(gold, predicted),
    spearman: spearman(gold, predicted),
    mse: meanSquaredError(gold, predicted),
  };
  return { metrics, notes };
}

function ofMultiHot(gold: MultiHot, predicted: MultiHot, labels: readonly string[]): Measured {
  const { micro, macro, exact } = multilabelScores(gold, predicted, labels.length);
  const rows = Array.from(predicted);
  const never = labels.filter((_, j) => !rows.some((row) => row[j] === 1));
  const notes = never.length === 0 ? [] : [`Never predicted, so that their F1 is 0: ${list(never)}.`];
  return { metrics: { f1_micro: micro, f1_macro: macro, accuracy: exact }, notes };
}

/**
 * Computes the metrics of a task.
 *
 * @param gold, predicted one an example: a class index, a score, a multi-hot row, or class indexes a token (labels of
 *   -100 are left out), as the task has it
 * @param labels names of the classes; unused in regression
 * @throws HashformerError `argument`: lengths differ, an index is no class, or a number is not finite
 */
export function measure(
  task: Task,
  gold: ArrayLike<number> | MultiHot,
  predicted: ArrayLike<number> | MultiHot,
  labels: readonly string[],
): Measured {
  const classes = labels.length;
  switch (task) {
    case 'text-classification':
      return ofConfusion(
        confusionMatrix(gold as ArrayLike<number>, predicted as ArrayLike<number>, classes),
        labels,
        task,
      );
    case 'token-classification':
      return ofConfusion(tokenConfusion(gold as MultiHot, predicted as MultiHot, classes), labels, task);
    case 'multi-label-classification':
      return ofMultiHot(gold as MultiHot, predicted as MultiHot, labels);
    case 'regression':
      return ofNumbers(gold as ArrayLike<number>, predicted as ArrayLike<number>);
    default:
      throw new HashformerError('argument', `Expected a task with metrics, got ${JSON.stringify(task)}.`);
  }
}
