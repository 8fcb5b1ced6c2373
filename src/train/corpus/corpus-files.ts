import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { HashformerError } from '../../errors.ts';
import { optional } from '../../optional.ts';

/** What is a corpus file of a folder. */
const TEXT = /\.txt(\.gz|\.xz)?$/i;
const PATTERN = /[*?[\]{}]/;

async function find(operand: string): Promise<string[]> {
  const found = await stat(operand).catch(() => null);
  if (found?.isDirectory()) {
    const names = (await readdir(operand, { recursive: true })).filter((name) => TEXT.test(name));
    if (names.length > 0) return names.map((name) => join(operand, name)).sort();
    throw new HashformerError(
      'source',
      `"${operand}" has no corpus: it holds no file that ends in .txt, .txt.gz or .txt.xz.`,
    );
  }
  if (found !== null) return [operand];
  if (PATTERN.test(operand)) {
    const { glob } = await optional('tinyglobby', 'Finding files by a pattern', () => import('tinyglobby'));
    const paths = await glob(operand, { absolute: isAbsolute(operand), expandDirectories: false });
    if (paths.length > 0) return paths.sort();
    throw new HashformerError('source', `There is no file that fits "${operand}".`);
  }
  throw new HashformerError('source', `There is no file or folder "${operand}".`);
}

/**
 * The files of a corpus, each once: files as they are named, folders with all .txt, .txt.gz and .txt.xz below them,
 * and patterns as "corpus/*.txt.xz", both by name.
 *
 * @throws HashformerError `source`: nothing there; `dependency`
 */
export async function corpusFiles(operands: readonly string[]): Promise<string[]> {
  const files = (await Promise.all(operands.map(find))).flat();
  return [...new Map(files.map((file) => [resolve(file), file])).values()];
}
