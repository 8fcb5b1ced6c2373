import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';
import type { Text } from '../tokenizer/text.ts';
import { readBlocks } from './blocks.ts';
import { chooseTextColumns } from './columns.ts';
import { type FileSource, nameOf } from './format.ts';
import { splitLines } from './lines.ts';
import type { Meter } from './meter.ts';
import { OptionError } from './option-error.ts';
import { readRecords } from './records.ts';
import type { Table } from './table.ts';

/** Which columns hold texts, and how the file is read. */
export interface TextOptions {
  readonly textColumn?: string | undefined;
  readonly pairColumn?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly header: boolean;
  readonly quotes: boolean;
}

/** The texts of the columns that the options name or that look like text. */
async function* readColumns(
  source: FileSource,
  options: TextOptions,
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

/**
 * The texts of a file, in order, in lists of what was there at once.
 *
 * @throws HashformerError `source`, `argument`, `dependency`
 */
export async function* readTextFile(
  source: FileSource,
  options: TextOptions,
  meter: Meter,
  signal: AbortSignal,
): AsyncGenerator<Text[]> {
  if (source.format !== 'txt') {
    yield* readColumns(source, options, meter, signal);
    return;
  }
  if (options.textColumn !== undefined || options.pairColumn !== undefined) {
    throw new OptionError(
      'argument',
      ({ textColumn, pairColumn, format }) =>
        `${nameOf(source.path)} is read as one text a line and has no columns; leave ${textColumn} and ${pairColumn} ` +
        `out, or name another ${format}.`,
    );
  }
  // An empty line is an empty text, so that answers keep in step with lines.
  for await (const block of readBlocks(source.path, meter, signal)) yield splitLines(block);
}
