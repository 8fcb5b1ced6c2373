import type { HashConfig } from '../backend/hasher.ts';
import { HashformerError } from '../errors.ts';
import { TOKENIZER } from '../model/files.ts';
import { parseJson } from '../model/json.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { show } from '../show.ts';
import { loadBpe } from './bpe.ts';
import { LshHasher } from './lsh.ts';

/**
 * Reads a tokenizer.json: parsed already, the file's path or address, or a folder that holds it.
 *
 * @throws HashformerError `tokenizer`: there is none, or it is not JSON
 */
async function readTokenizer(source: unknown, read: Runtime['read'], signal?: AbortSignal): Promise<unknown> {
  if (source instanceof URL) return readTokenizer(source.href, read, signal);
  if (typeof source === 'object' && source !== null) return source;
  if (typeof source !== 'string' || source === '') {
    throw new HashformerError(
      'tokenizer',
      `The hash "lsh" counts BPE pieces and needs a ${TOKENIZER}: its path, its address or the parsed object, ` +
        `but got ${show(source)}.`,
    );
  }
  const isFile = source.endsWith('.json');
  const cut = Math.max(source.lastIndexOf('/'), source.lastIndexOf('\\')) + 1;
  const folder = isFile ? source.slice(0, cut) || '.' : source;
  const name = isFile ? source.slice(cut) : TOKENIZER;
  const bytes = await read(folder, name, signal);
  if (bytes === undefined) {
    throw new HashformerError(
      'tokenizer',
      `The hash "lsh" counts BPE pieces, but there is no ${name} in "${folder}"; put RoBERTa's ${TOKENIZER} beside ` +
        'the weights, or name one.',
    );
  }
  return parseJson(bytes, source, 'tokenizer');
}

/**
 * The reference's LSH over the BPE of a tokenizer.json, which is given back parsed.
 *
 * @param source the parsed tokenizer.json, its path or address, or the folder that holds it
 * @param read reads a file of a folder
 * @throws HashformerError `tokenizer`, `dependency`, `source`, `aborted`
 */
export async function readLsh(
  source: unknown,
  config: Pick<HashConfig, 'variant' | 'buckets'>,
  read: Runtime['read'],
  signal?: AbortSignal,
): Promise<{ json: unknown; hasher: LshHasher }> {
  const json = await readTokenizer(source, read, signal);
  return { json, hasher: new LshHasher(await loadBpe(json), config) };
}
