import { HashformerError } from '../errors.ts';
import { readBlocks } from './blocks.ts';
import type { FileSource } from './format.ts';
import type { Meter } from './meter.ts';
import type { ChooseColumns, RecordOptions, Records } from './table.ts';

/**
 * Reads the chosen columns of a file of CSV, TSV, JSON lines or Parquet, piece by piece.
 *
 * @throws HashformerError `source`: unreadable, damaged or not UTF-8; `dependency`; `argument`: no columns in the format
 */
export async function* readRecords(
  source: FileSource,
  options: RecordOptions,
  choose: ChooseColumns,
  meter: Meter,
  signal: AbortSignal,
): AsyncGenerator<Records> {
  const { path, format } = source;
  if (format === 'txt') throw new HashformerError('argument', 'A file of one text a line has no columns.');
  if (format === 'parquet') {
    if (path === null) throw new HashformerError('argument', 'Parquet is read from its end; name the file.');
    const { readParquet } = await import('./parquet.ts');
    yield* readParquet(path, choose, meter, signal);
    return;
  }
  const blocks = readBlocks(path, meter, signal);
  if (format === 'jsonl') {
    const { readJsonLines } = await import('./json-lines.ts');
    yield* readJsonLines(blocks, options, choose, path);
  } else {
    const { readCsv } = await import('./csv.ts');
    yield* readCsv(blocks, options, choose, source);
  }
}
