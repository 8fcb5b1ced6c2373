import { pipeline } from 'node:stream';
import { optional } from '../optional.ts';
import type { Block } from './blocks.ts';
import { otherDelimiter } from './columns.ts';
import { type FileSource, nameOf } from './format.ts';
import { OptionError, type OptionWords } from './option-error.ts';
import type { ChooseColumns, RecordOptions, Records } from './table.ts';

/** Rows passed on together. */
const MOST = 512;
/** A quote that is never closed must not take the rest of a large file into memory. */
const LONGEST_RECORD = 64 * 1024 * 1024;

/** Numbers, truth values and nothing are no texts, when the column has to be guessed from the first row. */
function looksLikeText(field: string | undefined): boolean {
  const value = (field ?? '').trim().toLowerCase();
  return value !== '' && Number.isNaN(Number(value)) && !['true', 'false', 'null', 'nan'].includes(value);
}

async function* bytesOf(blocks: AsyncIterable<Block>): AsyncGenerator<Buffer> {
  for await (const { bytes } of blocks) yield bytes;
}

/** Whether an opening quote that is an ordinary character has taken in what follows, up to the next one. */
function swallows(record: readonly string[]): boolean {
  return record.some((field) => field.includes('\n') && field.includes('\t'));
}

/** What the parser gives for a row. */
interface Parsed {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/**
 * Reads CSV (RFC 4180, and what people make of it: any line ends, quotes inside of fields).
 *
 * @param format of tsv, where quotes are often ordinary characters, a field in quotes cannot go over both lines and
 *   columns: rows would be lost in it
 * @throws HashformerError `dependency`, `source`: not CSV
 */
export async function* readCsv(
  blocks: AsyncIterable<Block>,
  { delimiter: given, quotes, header: hasHeader, uneven = false }: RecordOptions,
  choose: ChooseColumns,
  { path, format }: FileSource,
): AsyncGenerator<Records> {
  const where = nameOf(path);
  const delimiter = given ?? (format === 'tsv' ? '\t' : ',');
  const { parse } = await optional('csv-parse', 'Reading CSV', () => import('csv-parse'));
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    quote: quotes ? '"' : null,
    relax_quotes: true,
    relax_column_count: uneven,
    skip_empty_lines: true,
    max_record_size: LONGEST_RECORD,
    info: true,
  });
  // The parser hands on what its source throws.
  pipeline(bytesOf(blocks), parser, () => undefined);
  let header: string[] | undefined;
  let chosen: number[] | undefined;
  let rows: string[][] = [];
  let lines: number[] = [];
  const take = (): Records => {
    const taken = lines;
    const records = { rows, place: (i: number) => `line ${taken[i]}` };
    rows = [];
    lines = [];
    return records;
  };
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      if (header === undefined) {
        header = hasHeader ? record : record.map((_, i) => String(i + 1));
        if (hasHeader) continue;
      }
      if (chosen === undefined) {
        const names = header;
        const isText = (name: string) => looksLikeText(record[names.indexOf(name)]);
        chosen = choose({ names, isText, where, delimiter }).map((name) => names.indexOf(name));
      }
      if (format === 'tsv' && quotes && swallows(record)) {
        throw new OptionError(
          'source',
          ({ noQuotes, csv, delimiter }) =>
            `${where}, line ${info.lines}: here ends a field in quotes that goes over several lines and columns; if quotes ` +
            `are ordinary characters in this file, add ${noQuotes}; if not, read it with ${csv} and a tab as ` +
            `${delimiter}.`,
        );
      }
      rows.push(record.length === header.length ? chosen.map((at) => record[at]!) : []);
      lines.push(info.lines);
      if (rows.length === MOST || parser.readableLength === 0) yield take();
    }
  } catch (cause) {
    const { code, message, record } = cause as { code?: string; message: string; record?: string[] };
    if (!code?.startsWith('CSV_')) throw cause;
    const other = record && otherDelimiter(record, delimiter);
    const hint = ({ noQuotes, delimiter }: OptionWords): string => {
      if (code.includes('QUOTE')) return `; if its quotes are ordinary characters, add ${noQuotes}`;
      if (other === undefined) return '';
      return `; if ${JSON.stringify(other)} stands between its columns, name it with ${delimiter}`;
    };
    throw new OptionError('source', (words) => `${where} is not valid CSV: ${message}${hint(words)}.`, {
      cause,
    });
  }
  if (rows.length > 0) yield take();
}
