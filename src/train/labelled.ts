// Labelled examples as what a run learns from.

import { toBatch } from '../model/batches.ts';
import type { Sequence } from '../tokenizer/tokenizer.ts';
import { batchesFrom, type DataPosition, microBatches, splitOverWorkers } from './data/batching.ts';
import type { Example, Task } from './data/task.ts';
import { labelTokens } from './data/token-labels.ts';
import type { Learner } from './engine/learner.ts';
import type { Goal, MicroBatch } from './engine/micro-batch.ts';
import type { Step } from './run/run.ts';
import { PLANS, readLabels } from './task.ts';

/** Tokens that a worker computes at once; more of a batch are computed in parts. */
export const MICRO_TOKENS = 2048;

export interface BatchSettings {
  readonly seed: number;
  /** Examples of a step, of all workers together. */
  readonly batchSize: number;
  readonly workers: number;
}

/** How many tokens the model reads of each text. */
export function lengthsOf(learner: Learner, examples: readonly Pick<Example, 'text'>[]): Uint32Array {
  return Uint32Array.from(examples, ({ text }) => learner.assemble(text).ids.length);
}

/**
 * Steps over examples without end, those of about one length together.
 *
 * @param learn what is to be learnt of the examples of one step: called once a step, it gives what makes a batch of some
 */
export async function* stepsOver<T extends Pick<Example, 'text'>>(
  examples: readonly T[],
  lengths: Uint32Array,
  { seed, batchSize, workers }: BatchSettings,
  learn: (all: readonly T[]) => (some: readonly T[]) => MicroBatch,
  position?: DataPosition,
): AsyncGenerator<Step<DataPosition>> {
  const perEpoch = Math.ceil(examples.length / batchSize);
  for (const { batch, epoch, next } of batchesFrom(lengths, { seed, sequences: batchSize }, position)) {
    const make = learn(batch.map((i) => examples[i]!));
    const shares = splitOverWorkers(batch, lengths, workers).map((share) =>
      microBatches(share, lengths, MICRO_TOKENS).map((indices) => make(indices.map((i) => examples[i]!))),
    );
    const done = next.epoch > epoch ? 1 : next.position / perEpoch;
    yield { shares, tokens: batch.reduce((sum, i) => sum + lengths[i]!, 0), epoch: epoch + done, next };
  }
}

/** An example's label as its task's loss reads it. */
export function labelOf(
  task: Task,
  { text, label }: Example,
  sequence: Sequence,
): number | readonly number[] {
  return task === 'token-classification' ? labelTokens(text as string, label as number[], sequence) : label;
}

/**
 * What a task's loss learns of examples: their mean loss, each weighted by its class where there are weights.
 *
 * @param classWeights one a class (`text-classification`)
 */
export function learnLabels(learner: Learner, task: Task, classWeights?: Float32Array) {
  const { head, loss } = PLANS[task];
  return (all: readonly Example[]) => {
    const total = countOf(learner, task, all, classWeights);
    return (some: readonly Example[]): MicroBatch => {
      const sequences = some.map(({ text }) => learner.assemble(text));
      const labels = some.map((example, i) => labelOf(task, example, sequences[i]!));
      const { targets } = readLabels(task, labels, sequences, learner.config);
      const goal: Goal = {
        head,
        loss,
        targets,
        scale: 1 / Math.max(total, Number.MIN_VALUE),
        ...(classWeights === undefined ? {} : { labelWeights: classWeights }),
      };
      return { batch: toBatch(sequences), goals: [goal] };
    };
  };
}

/** What the loss of a step is divided by: examples, their weights, or words with a label. */
function countOf(learner: Learner, task: Task, all: readonly Example[], weights?: Float32Array): number {
  if (weights !== undefined) return all.reduce((sum, { label }) => sum + weights[label as number]!, 0);
  if (task !== 'token-classification') return all.length;
  let count = 0;
  for (const example of all) {
    const labels = labelOf(task, example, learner.assemble(example.text)) as readonly number[];
    for (const label of labels) count += label >= 0 ? 1 : 0;
  }
  return count;
}
