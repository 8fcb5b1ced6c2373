import { place } from '#place';
import { checkTexts } from '../../arguments.ts';
import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import type { Text } from '../../tokenizer/text.ts';
import { Random } from '../numeric/random.ts';
import type { DatasetOptions } from './dataset.ts';
import type { Example, Task } from './task.ts';

/**
 * Labelled texts in memory: the name of a class (`text-classification`), a number (`regression`), the names of
 * labels (`multi-label-classification`), or the name of a class a word (`token-classification`, words being what spaces
 * separate).
 */
export interface LabelledData {
  readonly texts: readonly Text[];
  readonly labels: readonly (string | number | readonly string[])[];
}

/** Labelled texts, or the file that they are in: CSV, TSV, JSON lines, Parquet (not in a browser). */
export type DataSource = string | LabelledData;

export interface LoadedData {
  readonly examples: readonly Example[];
  readonly labels: readonly string[];
  /** Examples with each label. */
  readonly counts: readonly number[];
  /** What it is, in words. */
  readonly description: string;
  readonly notes: readonly string[];
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function indexOf(names: readonly string[], name: string, i: number): number {
  const index = names.indexOf(name);
  if (index !== -1) return index;
  throw new HashformerError(
    'argument',
    `The label of text ${i} is ${show(name)}, which is none of the labels known: ${names.map(show).join(', ')}.`,
  );
}

function ofMemory(
  { texts, labels }: LabelledData,
  task: Task,
  known: readonly string[] | undefined,
): LoadedData {
  checkTexts(texts);
  if (!Array.isArray(labels) || labels.length !== texts.length || texts.length === 0) {
    throw new HashformerError(
      'argument',
      `There must be texts and one label for each: got ${texts.length} texts.`,
    );
  }
  const description = `${texts.length} texts in memory`;
  if (task === 'regression') {
    const bad = labels.findIndex((label) => typeof label !== 'number' || !Number.isFinite(label));
    if (bad !== -1) {
      throw new HashformerError(
        'argument',
        `The label of text ${bad} must be a finite number, but is ${show(labels[bad])}.`,
      );
    }
    const examples = texts.map((text, i) => ({ text, label: labels[i] as number }));
    return { examples, labels: [], counts: [], description, notes: [] };
  }
  const lists = labels.map((label) => (Array.isArray(label) ? label.map(String) : [String(label)]));
  const names = known ?? [...new Set(lists.flat())].sort(compareNames);
  const counts = names.map(() => 0);
  const examples = texts.map((text, i): Example => {
    const indices = lists[i]!.map((name) => indexOf(names, name, i));
    for (const index of indices) counts[index]!++;
    if (task === 'text-classification') return { text, label: indices[0]! };
    if (task === 'multi-label-classification')
      return { text, label: names.map((_, j) => (indices.includes(j) ? 1 : 0)) };
    const words = typeof text === 'string' ? text.split(' ').filter((word) => word !== '') : [];
    if (words.length !== indices.length) {
      throw new HashformerError(
        'argument',
        `Text ${i} must have one label a word: it has ${words.length} words and ${indices.length} labels.`,
      );
    }
    return { text: words.join(' '), label: indices };
  });
  return { examples, labels: names, counts, description, notes: [] };
}

/**
 * Labelled examples of memory or a file.
 *
 * @throws HashformerError `source`, `argument`
 */
export async function loadData(source: DataSource, options: DatasetOptions): Promise<LoadedData> {
  if (typeof source !== 'string') return ofMemory(source, options.task, options.labels);
  const { examples, summary } = await place.readDataset(source, options);
  const { rows, used, labels, counts, notes } = summary;
  const description = `${used.toLocaleString('en-US')} of ${rows.toLocaleString('en-US')} rows of ${source}`;
  return { examples, labels, counts, description, notes };
}

/** Keeps a share of examples, drawn by the seed, out of training: [training, held out]. */
export function holdOut<T>(examples: readonly T[], share: number, seed: number): [T[], T[]] {
  const order = new Random(seed).fork('held out').permutation(examples.length);
  const count = Math.min(examples.length - 1, Math.max(1, Math.round(examples.length * share)));
  const out = new Set(order.slice(0, count));
  return [examples.filter((_, i) => !out.has(i)), examples.filter((_, i) => out.has(i))];
}
