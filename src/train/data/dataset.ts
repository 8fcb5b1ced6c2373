import { throwIfAborted } from '../../abort.ts';
import { fileSource } from '../../data/file-source.ts';
import { type InputFormat, nameOf } from '../../data/format.ts';
import { readRecords } from '../../data/records.ts';
import type { Table } from '../../data/table.ts';
import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import type { Text } from '../../tokenizer/text.ts';
import { type Columns, chooseColumns } from './columns.ts';
import { Duplicates } from './duplicates.ts';
import { createLabelReader, type Draft } from './label-readers.ts';
import { MemoryGuard } from './memory.ts';
import { notesOn } from './notes.ts';
import { type Example, TASKS, type Task } from './task.ts';
import { textOf, wordsOf } from './values.ts';

export interface DatasetOptions {
  readonly task: Task;
  /** Columns that are not named are guessed, see `chooseColumns()`. */
  readonly columns?: Partial<Columns> | undefined;
  /** The classes that a model knows, in its order; without them all that occur are found. */
  readonly labels?: readonly string[] | undefined;
  /** Of the file, whatever its ending. */
  readonly format?: InputFormat | undefined;
  /** Between the columns of CSV: by default a comma, of .tsv a tab. */
  readonly delimiter?: string | undefined;
  /** False where quotes in CSV are characters like others. Default true. */
  readonly quotes?: boolean | undefined;
  /** False where CSV has no header: its columns are called 1, 2, … Default true. */
  readonly header?: boolean | undefined;
  /** Whether rows of CSV with too few or too many columns are skipped and counted; they are an error otherwise. */
  readonly skipUneven?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes read so far, and all of them; null where that cannot be known. */
  readonly onProgress?: ((done: number, total: number | null) => void) | undefined;
}

/** What a data set holds. */
export interface DatasetSummary {
  readonly columns: Columns;
  readonly rows: number;
  /** Rows that became examples. */
  readonly used: number;
  /** Rows without a text or without a label, which were skipped. */
  readonly empty: number;
  /** Rows with too few or too many columns, which were skipped. */
  readonly uneven: number;
  /** Names of the classes by index; none in regression. */
  readonly labels: string[];
  /** Examples with each label; of the task `token-classification`, words. */
  readonly counts: number[];
  /** The least and the greatest score; null unless in regression. */
  readonly range: [number, number] | null;
  /** What whoever trains should know, a sentence each: skipped rows, classes out of balance, … */
  readonly notes: string[];
}

export interface Dataset {
  readonly examples: Example[];
  readonly summary: DatasetSummary;
}

function rangeOf(examples: readonly Draft[]): [number, number] {
  const range: [number, number] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { label } of examples) {
    range[0] = Math.min(range[0], label as number);
    range[1] = Math.max(range[1], label as number);
  }
  return range;
}

function isBlank(text: Text): boolean {
  return typeof text === 'string' ? text.trim() === '' : text.every(isBlank);
}

async function read(path: string, options: DatasetOptions, signal: AbortSignal): Promise<Dataset> {
  const { task, labels: known, delimiter, quotes = true, header = true, skipUneven = false } = options;
  const source = await fileSource(path, options.format);
  const where = nameOf(path);
  if (source.format === 'txt') {
    throw new HashformerError(
      'argument',
      `${where} is text without labels; expected CSV, TSV, JSON lines or Parquet with a column of texts and one of labels.`,
    );
  }
  const meter = { total: source.size, done: 0 };
  let columns: Columns | undefined;
  const choose = (table: Table) => {
    const { text, textPair, label } = chooseColumns(table, options.columns ?? {}, task);
    columns = textPair === undefined ? { text, label } : { text, textPair, label };
    if (task === 'token-classification' && textPair !== undefined) {
      throw new HashformerError(
        'argument',
        'Words are labelled in single texts; leave --text-pair-column out.',
      );
    }
    return textPair === undefined ? [text, label] : [text, label, textPair];
  };
  const reader = createLabelReader(task, known);
  const memory = new MemoryGuard();
  const duplicates = new Duplicates();
  const examples: Draft[] = [];
  let rowCount = 0;
  let empty = 0;
  let uneven = 0;
  const format = { delimiter, quotes, header, uneven: skipUneven };
  for await (const { rows, place } of readRecords(source, format, choose, meter, signal)) {
    throwIfAborted(signal);
    rowCount += rows.length;
    for (const [i, row] of rows.entries()) {
      if (row.length === 0) {
        uneven++;
        continue;
      }
      const at = () => `${where}, ${place(i)}`;
      const single = task === 'token-classification' ? wordsOf(row[0], at).join(' ') : textOf(row[0], at);
      const text: Text = row.length === 2 ? single : [single, textOf(row[2], at)];
      const label = isBlank(text) ? undefined : reader.read(row[1], text, at);
      if (label === undefined) {
        empty++;
        continue;
      }
      const example = { text, label };
      examples.push(example);
      memory.add(example);
      duplicates.add(text);
    }
    memory.check(where, meter);
    options.onProgress?.(meter.done, meter.total);
  }
  if (columns === undefined || rowCount === 0) {
    throw new HashformerError(
      'source',
      `${where} ${source.size === 0 ? 'is empty' : 'has no rows'}; expected texts and labels.`,
    );
  }
  if (examples.length === 0) {
    throw new HashformerError(
      'source',
      `${where} has nothing to learn from: none of its ${rowCount} rows has both a text (column ` +
        `${show(columns.text)}) and a label (column ${show(columns.label)}).`,
    );
  }
  const { labels, counts, notes } = reader.finish(examples);
  if (known === undefined && labels.length === 1 && task !== 'multi-label-classification') {
    throw new HashformerError(
      'source',
      `${where} has one class only, ${show(labels[0])}, in the column ${show(columns.label)}; expected two or more.`,
    );
  }
  const range = task === 'regression' ? rangeOf(examples) : null;
  const counted = { rows: rowCount, used: examples.length, empty, uneven, labels, counts, range };
  const summary = { columns, ...counted, notes: [...notes, ...notesOn(counted, task, duplicates.count)] };
  return { examples, summary };
}

/**
 * Reads labelled texts from CSV, TSV, JSON lines or Parquet.
 *
 * - `classification`: a label is any string, number or truth value; labels are ordered by value where all are whole
 *   numbers, else by code point.
 * - `regression`: a number.
 * - `multilabel`: a list (JSON where the column holds strings), or names between `|`, `;` or `,`, whichever comes first
 *   in that order in the first row that has one; a note says which. `[]` is an example without labels.
 * - `token`: words and as many labels, both with spaces between them or as lists.
 *
 * Rows whose text or label is blank are skipped and counted. The file is streamed, the examples stay in memory: the
 * characters of the texts, in one byte each where a text has no character beyond U+00FF, else in two, and about 100
 * bytes an example. 1 GB of English reviews takes about 1.1 GB; of short or non-Latin texts up to 2 GB. What would take
 * more than three quarters of the heap is an error that says how to allow more.
 *
 * @throws HashformerError `argument`: a column that is not there or cannot be told, a wrong delimiter or format;
 *   `source`: no such file, not UTF-8, damaged, empty, an unseen label, one class only, no number in regression, words
 *   and labels that do not match; `memory`; `dependency`; `aborted`
 */
export async function readDataset(path: string, options: DatasetOptions): Promise<Dataset> {
  if (!TASKS.includes(options.task)) {
    throw new HashformerError(
      'argument',
      `Expected a task of ${TASKS.join(', ')}, got ${show(options.task)}.`,
    );
  }
  throwIfAborted(options.signal);
  try {
    return await read(path, options, options.signal ?? new AbortController().signal);
  } catch (error) {
    // Streams fail with errors of their own when they are aborted.
    throwIfAborted(options.signal);
    throw error;
  }
}
