import { stat } from 'node:fs/promises';
import { HashformerError } from '../errors.ts';
import { ending, type FileSource, FORMAT_OF_ENDING, type InputFormat } from './format.ts';
import { OptionError } from './option-error.ts';

/** What a path leads to; null where there is nothing. */
export async function inspectPath(path: string) {
  const found = await stat(path).catch(() => null);
  // Pipes (/dev/stdin, process substitution) are read as files are; only their size is unknown.
  return found === null ? null : { readable: !found.isDirectory(), size: found.isFile() ? found.size : null };
}

/**
 * Finds a file and the format that it is in: the given one, or the one of its ending.
 *
 * @throws HashformerError `source`: no such file; `argument`: an unknown format
 */
export async function fileSource(path: string, given: InputFormat | undefined): Promise<FileSource> {
  const found = await inspectPath(path);
  if (found === null) throw new HashformerError('source', `There is no file "${path}".`);
  if (!found.readable) throw new HashformerError('source', `"${path}" is a folder; name the files in it.`);
  const format = given ?? FORMAT_OF_ENDING[ending(path)];
  if (format === undefined) {
    throw new OptionError(
      'argument',
      (words) =>
        `"${path}" ends in none of .${Object.keys(FORMAT_OF_ENDING).join(', .')}; name its format with ${words.format}.`,
    );
  }
  return { path, format, size: found.size };
}
