import { fstatSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { HashformerError } from '../../errors.ts';
import type { InputOptions } from '../options.ts';

export const INPUT_FORMATS = ['txt', 'jsonl', 'csv', 'tsv', 'parquet'] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** Where texts come from: an argument, a file, or stdin (a null path). */
export type Source =
  | { readonly text: string }
  | { readonly path: string | null; readonly format: InputFormat; readonly size: number | null };

const FORMAT_OF_ENDING: Record<string, InputFormat> = {
  txt: 'txt',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  csv: 'csv',
  tsv: 'tsv',
  parquet: 'parquet',
};

/** A source as sentences call it. */
export function nameOf(path: string | null): string {
  return path === null ? 'Standard input' : `"${path}"`;
}

function ending(path: string): string {
  return /\.(\w{1,10})$/.exec(path)?.[1]?.toLowerCase() ?? '';
}

async function inspectPath(path: string) {
  const found = await stat(path).catch(() => null);
  // Pipes (/dev/stdin, process substitution) are read as files are; only their size is unknown.
  return found === null ? null : { readable: !found.isDirectory(), size: found.isFile() ? found.size : null };
}

async function fileSource(path: string, given: InputFormat | undefined): Promise<Source> {
  const found = await inspectPath(path);
  if (found === null) throw new HashformerError('source', `There is no file "${path}".`);
  if (!found.readable) throw new HashformerError('source', `"${path}" is a folder; name the files in it.`);
  const format = given ?? FORMAT_OF_ENDING[ending(path)];
  if (format === undefined) {
    throw new HashformerError(
      'argument',
      `"${path}" ends in none of .${Object.keys(FORMAT_OF_ENDING).join(', .')}; name its format with --input-format.`,
    );
  }
  return { path, format, size: found.size };
}

function stdinSource(given: InputFormat | undefined): Source {
  let size: number | null = null;
  try {
    const found = fstatSync(0);
    if (found.isFile()) size = found.size;
  } catch {
    // Some systems cannot tell what stdin is; then only the progress bar lacks its end.
  }
  return { path: null, format: given ?? 'txt', size };
}

async function operandSource(operand: string, given: InputFormat | undefined): Promise<Source> {
  if (operand === '-') return stdinSource(given);
  if (ending(operand) === '') return { text: operand };
  const isFile = (await inspectPath(operand)) !== null;
  if (isFile) return fileSource(operand, given);
  if (Object.hasOwn(FORMAT_OF_ENDING, ending(operand)) && !/\s/.test(operand)) {
    throw new HashformerError(
      'source',
      `There is no file "${operand}"; if it is a text, write it after "--".`,
    );
  }
  return { text: operand };
}

/**
 * Finds out what the command line names.
 *
 * @param operands arguments, of which the last `literal` stand after "--" and are texts whatever they look like
 * @throws HashformerError `source`: a file that is not there; `argument`: nothing to read, or an unknown format
 */
export async function findSources(
  operands: readonly string[],
  literal: number,
  options: InputOptions,
): Promise<Source[]> {
  const split = operands.length - literal;
  const sources = await Promise.all([
    ...(options.file ?? []).map((path) => fileSource(path, options.inputFormat)),
    ...operands.slice(0, split).map((operand) => operandSource(operand, options.inputFormat)),
    ...operands.slice(split).map((text) => ({ text })),
  ]);
  if (sources.length > 0) return sources;
  if (process.stdin.isTTY) {
    throw new HashformerError('argument', 'There is nothing to read: give a text, a file, or pipe texts in.');
  }
  return [stdinSource(options.inputFormat)];
}
