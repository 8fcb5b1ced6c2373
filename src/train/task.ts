import { IGNORED_LABEL } from '../../assembly/abi.ts';
import type { HashFormerConfig } from '../architecture/config.ts';
import type { Head } from '../architecture/heads.ts';
import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';
import type { Sequence } from '../tokenizer/tokenizer.ts';
import type { Task } from './data/task.ts';
import type { LossKind } from './engine/micro-batch.ts';

/**
 * What one text has to be: the index or name of its label (`text-classification`), a number or one an output
 * (`regression`), 0 or 1 a label (`multi-label-classification`), or the index of a label a token, special ones included, -100 where none
 * counts (`token-classification`).
 */
export type Label = number | string | readonly number[];

/** What a task trains: a head, a loss, and how config.json says so. */
interface TaskPlan {
  readonly head: Head;
  readonly loss: LossKind;
  readonly problem: HashFormerConfig['problem_type'] | null;
}

export const PLANS: Record<Task, TaskPlan> = {
  'text-classification': {
    head: 'classification',
    loss: 'cross-entropy',
    problem: 'single_label_classification',
  },
  'token-classification': { head: 'token', loss: 'cross-entropy', problem: null },
  'multi-label-classification': {
    head: 'classification',
    loss: 'binary-cross-entropy',
    problem: 'multi_label_classification',
  },
  regression: { head: 'classification', loss: 'squared-error', problem: 'regression' },
};

function fail(i: number, expected: string, got: unknown): never {
  throw new HashformerError('argument', `The label of text ${i} must be ${expected}, but is ${show(got)}.`);
}

function classIndex(label: unknown, i: number, names: readonly string[]): number {
  const index = typeof label === 'string' ? names.indexOf(label) : label;
  if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= names.length) {
    const known = names.slice(0, 8).map(show).join(', ');
    fail(
      i,
      `a whole number below ${names.length}, or one of ${known}${names.length > 8 ? ', …' : ''}`,
      label,
    );
  }
  return index as number;
}

function numbers(
  label: unknown,
  i: number,
  width: number,
  valid: (x: number) => boolean,
  what: string,
): number[] {
  const list = typeof label === 'number' && width === 1 ? [label] : label;
  if (
    !Array.isArray(list) ||
    list.length !== width ||
    !Array.from(list).every((x) => typeof x === 'number' && valid(x))
  ) {
    fail(i, what, label);
  }
  return list;
}

function tokenLabels(label: unknown, i: number, length: number, count: number): readonly number[] {
  const valid = (x: unknown) =>
    x === IGNORED_LABEL || (Number.isInteger(x) && Number(x) >= 0 && Number(x) < count);
  if (!Array.isArray(label) || label.length !== length || !Array.from(label).every(valid)) {
    fail(i, `a list of ${length} whole numbers below ${count}, or ${IGNORED_LABEL}, one a token`, label);
  }
  return label;
}

/** What a batch has to be, as the loss reads it, and over how many rows its mean is. */
export interface Targets {
  readonly targets: Int32Array | Float32Array;
  readonly counted: number;
}

/**
 * Checks the labels of a batch.
 *
 * @throws HashformerError `argument`: which text's label is what, and what it must be
 */
export function readLabels(
  task: Task,
  labels: readonly unknown[],
  sequences: readonly Sequence[],
  config: HashFormerConfig,
): Targets {
  if (!Array.isArray(labels) || labels.length !== sequences.length) {
    throw new HashformerError(
      'argument',
      `There must be one label a text: got ${sequences.length} texts and ${Array.isArray(labels) ? labels.length : show(labels)} labels.`,
    );
  }
  const width = config.num_labels;
  const rows = sequences.length;
  switch (task) {
    case 'text-classification': {
      const names = Object.values(config.id2label);
      return { targets: Int32Array.from(labels, (label, i) => classIndex(label, i, names)), counted: rows };
    }
    case 'token-classification': {
      const lists = sequences.map(({ ids }, i) =>
        tokenLabels(labels[i], i, ids.length, config.token_labels.length),
      );
      const targets = Int32Array.from(lists.flat());
      return { targets, counted: targets.filter((label) => label !== IGNORED_LABEL).length };
    }
    case 'multi-label-classification': {
      const what = `a list of ${width} numbers from 0 to 1`;
      const lists = Array.from(labels, (label, i) => numbers(label, i, width, (x) => x >= 0 && x <= 1, what));
      return { targets: Float32Array.from(lists.flat()), counted: rows };
    }
    case 'regression': {
      const what = width === 1 ? 'a finite number' : `a list of ${width} finite numbers`;
      // As a float32, too.
      const finite = (x: number) => Number.isFinite(Math.fround(x));
      const lists = Array.from(labels, (label, i) => numbers(label, i, width, finite, what));
      return { targets: Float32Array.from(lists.flat()), counted: rows };
    }
  }
}
