import { HashformerError } from '../../errors.ts';
import type { Text } from '../../tokenizer/text.ts';
import type { InputOptions } from '../options.ts';
import { readBlocks } from './blocks.ts';
import { readJsonLines, readText } from './lines.ts';
import type { Meter } from './meter.ts';
import { nameOf, type Source } from './sources.ts';

/** A meter for these sources, at its start. */
export function meterFor(sources: readonly Source[]): Meter {
  let total: number | null = 0;
  for (const source of sources) {
    const size = 'text' in source ? source.text.length : source.size;
    total = total === null || size === null ? null : total + size;
  }
  return { total, done: 0 };
}

async function* readSource(
  { path, format }: Extract<Source, { path: string | null }>,
  options: InputOptions,
  meter: Meter,
  signal: AbortSignal,
): AsyncGenerator<Text[]> {
  const where = nameOf(path);
  const { textColumn, pairColumn } = options;
  if (format === 'txt' && (textColumn !== undefined || pairColumn !== undefined)) {
    throw new HashformerError(
      'argument',
      `${where} is read as one text a line and has no columns; leave --text-column and --pair-column out, or name ` +
        'another --input-format.',
    );
  }
  if (format === 'parquet') {
    if (path === null) throw new HashformerError('argument', 'Parquet is read from its end; name the file.');
    const { readParquet } = await import('./parquet.ts');
    yield* readParquet(path, options, meter, signal);
    return;
  }
  const blocks = readBlocks(path, meter, signal);
  if (format === 'txt') yield* readText(blocks);
  else if (format === 'jsonl') yield* readJsonLines(blocks, options, where);
  else {
    const { readCsv } = await import('./csv.ts');
    yield* readCsv(blocks, options, where, format === 'tsv' ? '\t' : ',');
  }
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
