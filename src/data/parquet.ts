import type { FileMetaData } from 'hyparquet';
import { throwIfAborted } from '../abort.ts';
import { HashformerError } from '../errors.ts';
import { optional } from '../optional.ts';
import { nameOf } from './format.ts';
import type { Meter } from './meter.ts';
import type { ChooseColumns, Records } from './table.ts';

/** What hyparquet itself decompresses. */
const BUILT_IN = ['UNCOMPRESSED', 'SNAPPY'];

async function compressorsFor({ row_groups }: FileMetaData) {
  const codecs = row_groups.flatMap(({ columns }) =>
    columns.map(({ meta_data }) => meta_data?.codec ?? 'UNCOMPRESSED'),
  );
  const foreign = codecs.find((codec) => !BUILT_IN.includes(codec));
  if (foreign === undefined) return {};
  const purpose = `Reading Parquet compressed with ${foreign}`;
  return (await optional('hyparquet-compressors', purpose, () => import('hyparquet-compressors')))
    .compressors;
}

/**
 * Reads a Parquet file, a row group at a time.
 *
 * @throws HashformerError `dependency`, `source`: not Parquet
 */
export async function* readParquet(
  path: string,
  choose: ChooseColumns,
  meter: Meter,
  signal: AbortSignal,
): AsyncGenerator<Records> {
  const where = nameOf(path);
  const parquet = await optional('hyparquet', 'Reading Parquet', () => import('hyparquet'));
  const reading = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof HashformerError) throw cause;
      const { message } = cause as Error;
      throw new HashformerError('source', `${where} could not be read as Parquet: ${message}.`, { cause });
    }
  };
  const file = await reading(() => parquet.asyncBufferFromFile(path));
  const metadata = await reading(() => parquet.parquetMetadataAsync(file));
  const compressors = await compressorsFor(metadata);
  const elements = parquet.parquetSchema(metadata).children.map(({ element }) => element);
  const isText = (name: string) =>
    elements.some(
      (element) =>
        element.name === name && element.type === 'BYTE_ARRAY' && element.converted_type !== 'BSON',
    );
  const names = elements.map(({ name }) => name);
  const columns = [...choose({ names, isText, where })];
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    throwIfAborted(signal);
    const first = rowStart;
    const rowEnd = rowStart + Number(num_rows);
    const rows = await reading(() =>
      parquet.parquetReadObjects({ file, metadata, columns, rowStart: first, rowEnd, compressors }),
    );
    yield {
      rows: rows.map((row) => columns.map((name) => row[name])),
      place: (i) => `row ${first + i + 1}`,
    };
    rowStart = rowEnd;
    meter.done += (file.byteLength * Number(num_rows)) / Math.max(Number(metadata.num_rows), 1);
  }
}
