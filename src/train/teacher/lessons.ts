// Labelled and unlabelled texts as what a student learns from.

import { place } from '#place';
import { IGNORED_LABEL } from '../../../assembly/abi.ts';
import { checkTexts } from '../../arguments.ts';
import { HashformerError } from '../../errors.ts';
import { toBatch } from '../../model/batches.ts';
import type { Text } from '../../tokenizer/text.ts';
import type { FileFormat } from '../data/dataset.ts';
import { holdOut } from '../data/hold-out.ts';
import type { Columns } from '../data/labelled-columns.ts';
import { type DataSource, loadData } from '../data/labelled-data.ts';
import type { Example } from '../data/task.ts';
import type { UnlabelledFiles } from '../data/unlabelled.ts';
import type { Learner } from '../engine/learner.ts';
import type { Goal, LossKind, MicroBatch } from '../engine/micro-batch.ts';
import type { OutputFacts, Outputs } from './parts.ts';
import { OUTPUT_OF } from './targets.ts';

/** A text, what the teacher says of it, and its label where it has one. */
export interface Lesson {
  readonly text: Text;
  /** Row of the outputs. */
  readonly row: number;
  readonly label?: number;
}

/** Where lessons come from. */
export interface LessonSources {
  /** Labelled texts; their labels are learnt too, beside logits. */
  readonly train?: DataSource;
  /** Texts without labels: in memory, or files (not in a browser). */
  readonly unlabelled?: readonly Text[] | UnlabelledFiles;
  /** Labelled texts that the best model is chosen on; of sentence vectors, only the texts count. */
  readonly dev?: DataSource;
  /** Without `dev`: a share of `train`, or of `unlabelled` where that is all, that is kept out of training for it. */
  readonly holdOut?: number;
  readonly columns?: Partial<Columns>;
  readonly format?: FileFormat;
  readonly signal?: AbortSignal;
}

export interface Lessons {
  /** All texts that the teacher is asked about, whatever is held out. */
  readonly texts: readonly Text[];
  readonly train: readonly Lesson[];
  /** Held out, with labels to compare with. */
  readonly dev: readonly Example[];
  /** Held out, to compare with the teacher. */
  readonly held: readonly Lesson[];
  /** What data there are, a sentence each. */
  readonly descriptions: readonly string[];
  readonly notes: readonly string[];
}

/** How a student learns. */
export interface Method {
  readonly target: OutputFacts['target'];
  readonly loss: 'squared-error' | 'kl';
  readonly temperature: number;
  readonly labelWeight: number;
}

const UNCHOSEN = 'There are no dev data: no model is chosen as the best, and training does not stop early.';
const counted = (count: number) => count.toLocaleString('en-US');

/**
 * Reads all texts.
 *
 * @param facts of the teacher: its labels are those of the data
 * @throws HashformerError `source`, `argument`
 */
export async function readLessons(
  sources: LessonSources,
  seed: number,
  { target, labels }: OutputFacts,
): Promise<Lessons> {
  const { columns, format, signal, holdOut: share } = sources;
  const known = target === 'logits' ? labels : undefined;
  const how = { ...format, task: 'text-classification', columns, labels: known, signal } as const;
  const train = sources.train === undefined ? undefined : await loadData(sources.train, how);
  const dev = sources.dev === undefined ? undefined : await loadData(sources.dev, how);
  const unlabelled = await readTexts(sources);
  const notes = [...(train?.notes ?? []), ...(dev?.notes ?? []).map((note) => `Of the dev data: ${note}`)];
  const descriptions = [
    ...(train === undefined ? [] : [`train: ${train.description}`]),
    ...(unlabelled.length === 0 ? [] : [`unlabelled: ${counted(unlabelled.length)} texts`]),
    ...(dev === undefined ? [] : [`dev: ${dev.description}`]),
  ];
  let row = 0;
  const labelled = (train?.examples ?? []).map(({ text, label }) => ({
    text,
    row: row++,
    label: label as number,
  }));
  const others = unlabelled.map((text): Lesson => ({ text, row: row++ }));
  const all: Lesson[] = [...labelled, ...others];
  if (all.length === 0) {
    throw new HashformerError('source', 'There is no text to learn from: all files are empty.');
  }
  const found = { texts: all.map(({ text }) => text), descriptions, notes };
  if (dev !== undefined) {
    if (target === 'logits') return { ...found, train: all, dev: dev.examples, held: [] };
    const held = dev.examples.map(({ text }): Lesson => ({ text, row: row++ }));
    return { ...found, texts: [...all, ...held].map(({ text }) => text), train: all, dev: [], held };
  }
  if (share === undefined) {
    return { ...found, notes: [...notes, UNCHOSEN], train: all, dev: [], held: [] };
  }
  const hasLabels = labelled.length > 0 && target === 'logits';
  if ((hasLabels ? labelled : all).length < 2) {
    throw new HashformerError('source', 'There is one text only: nothing of it can be held out.');
  }
  if (hasLabels) {
    const [kept, out] = holdOut(labelled, share, seed);
    descriptions.push(`dev: ${counted(out.length)} examples held out of train`);
    return { ...found, train: [...kept, ...others], dev: out, held: [] };
  }
  const [kept, held] = holdOut(all, share, seed);
  descriptions.push(`dev: ${counted(held.length)} texts held out`);
  return { ...found, train: kept, dev: [], held };
}

async function readTexts({ unlabelled = [], format, signal }: LessonSources): Promise<readonly Text[]> {
  if (!('files' in unlabelled)) return checkTexts(unlabelled);
  const { quotes = true, header = true, delimiter } = format ?? {};
  const options = { textColumn: unlabelled.textColumn, delimiter, header, quotes };
  return place.readUnlabelled(unlabelled, options, signal ?? new AbortController().signal);
}

/** Losses between logits, as the module has them. */
const LOGIT_LOSSES: Readonly<Record<Method['loss'], LossKind>> = {
  'squared-error': 'centred-squared-error',
  kl: 'soft-cross-entropy',
};

/**
 * What is learnt of the texts of a step: the teacher's outputs, all alike, and beside logits the mean loss of the labels
 * that there are.
 */
export function learnOutputs(learner: Learner, outputs: Outputs, method: Method) {
  const { target, temperature, labelWeight } = method;
  const { head } = OUTPUT_OF[target];
  const loss = target === 'logits' ? LOGIT_LOSSES[method.loss] : 'cosine';
  return (all: readonly Lesson[]) => {
    const labelled = all.filter(({ label }) => label !== undefined).length;
    return (some: readonly Lesson[]): MicroBatch => {
      const targets = rowsOf(outputs, some);
      const goals: Goal[] = [{ head, loss, targets, scale: 1 / all.length, temperature }];
      if (labelled > 0 && labelWeight > 0 && target === 'logits') {
        const labels = Int32Array.from(some, ({ label }) => label ?? IGNORED_LABEL);
        goals.push({ head, loss: 'cross-entropy', targets: labels, scale: labelWeight / labelled });
      }
      return { batch: toBatch(some.map(({ text }) => learner.assemble(text))), goals };
    };
  };
}

/** The teacher's outputs for some lessons, row after row. */
export function rowsOf({ width, data }: Outputs, lessons: readonly Lesson[]): Float32Array {
  const rows = new Float32Array(lessons.length * width);
  for (const [i, { row }] of lessons.entries()) {
    rows.set(data.subarray(row * width, (row + 1) * width), i * width);
  }
  return rows;
}
