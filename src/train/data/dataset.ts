import { throwIfAborted } from '../../abort.ts';
import { fileSource } from '../../data/file-source.ts';
import { type InputFormat, nameOf } from '../../data/format.ts';
import { OptionError } from '../../data/option-error.ts';
import { readRecords } from '../../data/records.ts';
import type { Table } from '../../data/table.ts';
import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import { ExampleReader } from './example-reader.ts';
import { type Columns, chooseColumns } from './labelled-columns.ts';
import { MemoryGuard } from './memory-guard.ts';
import type { DatasetSummary } from './summary.ts';
import { type Example, TASKS, type Task } from './task.ts';

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

/** How files are read, whatever their endings. */
export type FileFormat = Pick<DatasetOptions, 'format' | 'delimiter' | 'quotes' | 'header' | 'skipUneven'>;

export interface Dataset {
  readonly examples: Example[];
  readonly summary: DatasetSummary;
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
      throw new OptionError(
        'argument',
        (words) => `Words are labelled in single texts; leave ${words.textPairColumn} out.`,
      );
    }
    return textPair === undefined ? [text, label] : [text, label, textPair];
  };
  const reader = new ExampleReader(task, known, { code: 'source', name: where, row: 'row' });
  const memory = new MemoryGuard();
  const format = { delimiter, quotes, header, uneven: skipUneven };
  for await (const { rows, place } of readRecords(source, format, choose, meter, signal)) {
    throwIfAborted(signal);
    for (const [i, row] of rows.entries()) {
      const example = reader.add(row, { code: 'source', words: () => `${where}, ${place(i)}` });
      if (example !== undefined) memory.add(example);
    }
    memory.check(where, meter);
    options.onProgress?.(meter.done, meter.total);
  }
  if (columns === undefined || reader.rows === 0) {
    throw new HashformerError(
      'source',
      `${where} ${source.size === 0 ? 'is empty' : 'has no rows'}; expected texts and labels.`,
    );
  }
  const { examples, summary } = reader.finish(columns);
  return { examples, summary: { columns, ...summary } };
}

/**
 * Reads labelled texts from CSV, TSV, JSON lines or Parquet.
 *
 * What texts and labels are is ExampleReader's matter. The file is streamed, the examples stay in memory: the
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
