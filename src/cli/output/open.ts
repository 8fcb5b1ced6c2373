import { HashformerError } from '../../errors.ts';
import type { OutputOptions } from '../common-options.ts';
import { csvWriter } from './csv.ts';
import { jsonLinesWriter, jsonWriter } from './json.ts';
import { parquetWriter } from './parquet.ts';
import type { Column, RowWriter, WriteBytes } from './rows.ts';
import { fileSink, type Sink, stdoutSink } from './sink.ts';
import { tableWriter } from './table.ts';

const FORMATS = ['table', 'json', 'jsonl', 'csv', 'parquet'] as const;
type OutputFormat = (typeof FORMATS)[number];

const FORMAT_OF_ENDING: Record<string, OutputFormat> = {
  json: 'json',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  csv: 'csv',
  parquet: 'parquet',
};

/** An open output. */
export interface Output extends RowWriter {
  /** Whether rows appear on the terminal. */
  readonly onTerminal: boolean;
  /** Ends what is written after a failure; gives the file that holds it, null for none. */
  abandon(): Promise<string | null>;
}

function toStdout({ output }: OutputOptions): boolean {
  return output === undefined || output === '-';
}

/**
 * The format that the options name, or the file's ending, or what suits a terminal or a pipe.
 *
 * @throws HashformerError `argument`: an ending that names none, or bytes for a terminal
 */
export function outputFormat(options: OutputOptions): OutputFormat {
  const named = FORMATS.find((format) => options[format]);
  if (!toStdout(options)) {
    const format = named ?? FORMAT_OF_ENDING[/\.(\w+)$/.exec(options.output!)?.[1]?.toLowerCase() ?? ''];
    if (format !== undefined) return format;
    throw new HashformerError(
      'argument',
      `"${options.output}" ends in none of .${Object.keys(FORMAT_OF_ENDING).join(', .')}; add one of ` +
        `--${FORMATS.join(', --')}.`,
    );
  }
  if (named === 'parquet' && process.stdout.isTTY) {
    throw new HashformerError(
      'argument',
      'Parquet is no text for a terminal; name a file: --output labels.parquet',
    );
  }
  return named ?? (process.stdout.isTTY ? 'table' : 'jsonl');
}

async function rowWriter(
  format: OutputFormat,
  columns: readonly Column[],
  write: WriteBytes,
  onTerminal: boolean,
) {
  switch (format) {
    case 'table':
      return tableWriter(columns, write, onTerminal);
    case 'json':
      return jsonWriter(columns, write);
    case 'jsonl':
      return jsonLinesWriter(columns, write);
    case 'csv':
      return csvWriter(columns, write);
    case 'parquet':
      return parquetWriter(columns, write);
  }
}

/**
 * Opens what the options name.
 *
 * @throws HashformerError `source`: it cannot be written; `dependency`, `argument`
 */
export async function openOutput(options: OutputOptions, columns: readonly Column[]): Promise<Output> {
  const format = outputFormat(options);
  const onTerminal = toStdout(options) && process.stdout.isTTY === true;
  let sink: Sink | undefined;
  let started = false;
  const write: WriteBytes = (data) => sink!.write(data);
  // A missing package is found before a file is made.
  const writer = await rowWriter(format, columns, write, onTerminal);
  sink = toStdout(options) ? stdoutSink() : await fileSink(options.output!);
  const { finish, abandon } = sink;
  return {
    onTerminal,
    write: (rows) => {
      started ||= rows.length > 0;
      return writer.write(rows);
    },
    finish: async () => {
      await writer.finish();
      await finish();
    },
    abandon: async () => {
      // What failed may be the output itself; the first failure is the one to tell. Nothing is not ended: an
      // empty array would say that there were no texts.
      if (started) await writer.finish().catch(() => undefined);
      return abandon();
    },
  };
}
