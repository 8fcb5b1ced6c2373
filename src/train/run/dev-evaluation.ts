// How a model does on labelled dev data, which the best one is chosen by.

import { HashformerError } from '../../errors.ts';
import { HashFormer } from '../../model/hashformer.ts';
import type { Example, Task } from '../data/task.ts';
import type { Learner } from '../engine/learner.ts';
import { evaluate } from '../evaluate.ts';
import type { FinalEvaluation } from '../report/events.ts';
import type { Evaluation } from './run.ts';

/**
 * Labels decide which metrics there are: f1 is of two classes, say.
 *
 * @throws HashformerError `argument`: the metric is not of these labels
 */
export function checkMetric(metric: string, task: Task, labels: readonly string[]): void {
  const absent =
    (task === 'text-classification' && metric === 'f1' && labels.length !== 2 && 'two classes') ||
    (task === 'token-classification' &&
      metric === 'f1_micro' &&
      !labels.includes('O') &&
      'data with a label "O"');
  if (!absent) return;
  throw new HashformerError(
    'argument',
    `The metric "${metric}" is of ${absent}, and these have ${labels.length} labels; choose f1_macro, say.`,
  );
}

/** The metrics of a task, and among them the loss where that is what the best is chosen by. */
export async function evaluateDev(
  model: HashFormer,
  task: Task,
  dev: readonly Example[],
  metric: string,
  signal: AbortSignal | undefined,
): Promise<Evaluation> {
  const { loss, metrics } = await evaluate(model, task, dev, signal);
  return { loss, metrics: metric === 'loss' ? { ...metrics, loss } : metrics };
}

/** What the report says of the best model, in its folder, or without one of the current weights. */
export async function evaluateBest(
  folder: string | undefined,
  learner: Learner,
  task: Task,
  dev: readonly Example[],
  signal: AbortSignal | undefined,
): Promise<FinalEvaluation> {
  if (folder === undefined) return (await evaluate(learner.model, task, dev, signal)).report;
  const model = await HashFormer.load(folder, { tier: learner.model.tier! });
  try {
    return (await evaluate(model, task, dev, signal)).report;
  } finally {
    model.dispose();
  }
}
