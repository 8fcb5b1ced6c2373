import { fstatSync } from 'node:fs';
import { fileSource, inspectPath } from '../../data/file-source.ts';
import { ending, type FileSource, FORMAT_OF_ENDING, type InputFormat } from '../../data/format.ts';
import { HashformerError } from '../../errors.ts';
import type { InputOptions } from '../common-options.ts';

/** Where texts come from: an argument, a file, or stdin (a null path). */
export type Source = { readonly text: string } | FileSource;

function stdinSource(given: InputFormat | undefined): FileSource {
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
