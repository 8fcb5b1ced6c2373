import { readBlocks } from '../../data/blocks.ts';
import { chooseTextColumns } from '../../data/columns.ts';
import { type FileSource, nameOf } from '../../data/format.ts';
import { splitLines } from '../../data/lines.ts';
import type { Meter } from '../../data/meter.ts';
import { readRecords, type Table } from '../../data/records.ts';
import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import type { Text } from '../../tokenizer/text.ts';
import type { InputOptions } from '../options.ts';
import type { Source } from './sources.ts';

/** A meter for these sources, at its start. */
export function meterFor(sources: readonly Source[]): Meter {
  let total: number | null = 0;
  for (const source of sources) {
    const size = 'text' in source ? source.text.length : source.size;
    total = total === null || size === null ? null : total + size;
  }
  return { total, done: 0 };
}

/** The texts of the columns that the options name or that look like text. */
async function* readColumns(
  source: FileSource,
  options: InputOptions,
  meter: Meter,
  signal: AbortSignal,
): AsyncGenerator<Text[]> {
  const { delimiter, header, quotes, textColumn, pairColumn } = options;
  let columns: string[] = [];
  const choose = (table: Table) => {
    const { text, pair } = chooseTextColumns(table, { text: textColumn, pair: pairColumn });
    columns = pair === null ? [text] : [text, pair];
    return columns;
  };
  const format = { delimiter, header, quotes, strings: pairColumn === undefined };
  for await (const { rows, place } of readRecords(source, format, choose, meter, signal)) {
    const field = (i: number, column: number): string => {
      const value = rows[i]![column];
      if (typeof value === 'string') return value;
      throw new HashformerError(
        'source',
        `${nameOf(source.path)}, ${place(i)}: expected a string in the column ${show(columns[column])}, ` +
          `got ${value == null ? 'nothing' : show(value)}.`,
      );
    };
    yield rows.map((_, i) => (pairColumn === undefined ? field(i, 0) : [field(i, 0), field(i, 1)]));
  }
}

async function* readSource(
  source: FileSource,
  options: InputOptions,
  meter: Meter,
  signal: AbortSignal,
): AsyncGenerator<Text[]> {
  if (source.format !== 'txt') {
    yield* readColumns(source, options, meter, signal);
    return;
  }
  if (options.textColumn !== undefined || options.pairColumn !== undefined) {
    throw new HashformerError(
      'argument',
      `${nameOf(source.path)} is read as one text a line and has no columns; leave --text-column and --pair-column ` +
        'out, or name another --input-format.',
    );
  }
  // An empty line is an empty text, so that answers keep in step with lines.
  for await (const block of readBlocks(source.path, meter, signal)) yield splitLines(block);
}

/**
 * All texts, in order, in lists of what was there at once.
 *
 * @param pair the second half of pairs whose first halves are arguments
 */
export async function* readTexts(
  sources: readonly Source[],
  options: InputOptions & { pair?: string },
  meter: Meter,
  signal: AbortSignal,
): AsyncGenerator<Text[]> {
  let texts: Text[] = [];
  for (const source of sources) {
    if ('text' in source) {
      texts.push(options.pair === undefined ? source.text : [source.text, options.pair]);
      meter.done += source.text.length;
      continue;
    }
    if (texts.length > 0) yield texts;
    texts = [];
    yield* readSource(source, options, meter, signal);
  }
  if (texts.length > 0) yield texts;
}
