import { place } from '#place';
import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import type { Text } from '../../tokenizer/text.ts';
import type { DatasetOptions } from './dataset.ts';
import { ExampleReader } from './example-reader.ts';
import type { ExampleSummary } from './summary.ts';
import type { Example } from './task.ts';

/** A label, or its name; null and undefined are none. */
type LabelValue = string | number | bigint | boolean | null | undefined;

/**
 * Labelled texts in memory, read as those of files are: the name of a class (`text-classification`), a number
 * (`regression`), the names of labels, as a list or in a string with `|`, `;` or `,` between them (`multi-label-classification`), or the
 * names of the classes of words, as a list or with spaces between them, words being what spaces separate (`token-classification`).
 * Spaces around names do not count. Texts that are blank or have no label are skipped, which a note says.
 */
export interface LabelledData {
  readonly texts: readonly Text[];
  readonly labels: readonly (LabelValue | readonly LabelValue[])[];
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

function readMemory(source: LabelledData, { task, labels: known }: DatasetOptions) {
  const { texts, labels } = Object(source) as { texts?: unknown; labels?: unknown };
  if (
    !Array.isArray(texts) ||
    !Array.isArray(labels) ||
    labels.length !== texts.length ||
    texts.length === 0
  ) {
    const [found, labelled] = [texts, labels].map((list) => (Array.isArray(list) ? list.length : show(list)));
    throw new HashformerError(
      'argument',
      `There must be texts and one label for each: got ${found} texts and ${labelled} labels.`,
    );
  }
  const code = 'argument';
  const reader = new ExampleReader(task, known, { code, name: 'The data set in memory', row: 'text' });
  for (const [i, text] of texts.entries()) {
    const where = { code, words: () => `Text ${i}` } as const;
    const isPair = Array.isArray(text) && text.length === 2;
    if (isPair && task === 'token-classification') {
      throw new HashformerError(code, `Text ${i} is a pair; words are labelled in single texts.`);
    }
    reader.add(isPair ? [text[0], labels[i], text[1]] : [text, labels[i]], where);
  }
  return reader.finish();
}

const grouped = (count: number) => count.toLocaleString('en-US');

/** How much of what was used. */
function describe({ rows, used }: ExampleSummary, source: DataSource): string {
  if (typeof source === 'string') return `${grouped(used)} of ${grouped(rows)} rows of ${source}`;
  return `${used === rows ? '' : `${grouped(used)} of `}${grouped(rows)} texts in memory`;
}

/**
 * Labelled examples of memory or a file: the same data give the same examples, ids and counts.
 *
 * @throws HashformerError `argument`: data in memory that cannot be learnt from; `source`: such a file; and as readDataset()
 */
export async function loadData(source: DataSource, options: DatasetOptions): Promise<LoadedData> {
  const read =
    typeof source === 'string' ? await place.readDataset(source, options) : readMemory(source, options);
  const { examples, summary } = read;
  const { labels, counts, notes } = summary;
  return { examples, labels, counts, description: describe(summary, source), notes };
}
