import { pipeline } from 'node:stream';
import { HashformerError } from '../../errors.ts';
import type { Text } from '../../tokenizer/text.ts';
import { optional } from '../optional.ts';
import type { InputOptions } from '../options.ts';
import type { Block } from './blocks.ts';
import { chooseColumns } from './columns.ts';

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

/**
 * Reads CSV (RFC 4180, and what people make of it: any line ends, quotes inside of fields).
 *
 * @throws HashformerError `dependency`, `source`: not CSV; `argument`: no such column
 */
export async function* readCsv(
  blocks: AsyncIterable<Block>,
  options: InputOptions,
  where: string,
  delimiter: string,
): AsyncGenerator<Text[]> {
  const { parse } = await optional('csv-parse', 'Reading CSV', () => import('csv-parse'));
  const parser = parse({
    delimiter: options.delimiter ?? delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    quote: options.quotes ? '"' : null,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_RECORD,
  });
  // The parser hands on what its source throws.
  pipeline(bytesOf(blocks), parser, () => undefined);
  let header: string[] | undefined;
  let at: [text: number, pair: number | null] | undefined;
  let texts: Text[] = [];
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      if (header === undefined) {
        header = options.header ? record : record.map((_, i) => String(i + 1));
        if (options.header) continue;
      }
      if (at === undefined) {
        const names = header;
        const { text, pair } = chooseColumns(
          names,
          (name) => looksLikeText(record[names.indexOf(name)]),
          options,
          where,
        );
        at = [names.indexOf(text), pair === null ? null : names.indexOf(pair)];
      }
      const [text, pair] = at;
      texts.push(pair === null ? record[text]! : [record[text]!, record[pair]!]);
      if (texts.length === MOST || parser.readableLength === 0) {
        yield texts;
        texts = [];
      }
    }
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string };
    if (!code?.startsWith('CSV_')) throw cause;
    const hint = code.includes('QUOTE') ? '; if its quotes are ordinary characters, add --no-quotes' : '';
    throw new HashformerError('source', `${where} is not valid CSV: ${message}${hint}.`, { cause });
  }
  if (texts.length > 0) yield texts;
}
