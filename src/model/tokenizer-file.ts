import type { HashFormerConfig } from '../architecture/config.ts';
import type { HashConfig } from '../architecture/hasher.ts';
import { VARIANT } from '../architecture/variants.ts';
import { LshHasher } from '../backend/lsh.ts';
import type { PieceHasher } from '../backend/wasm-hasher.ts';
import { HashformerError } from '../errors.ts';
import { TOKENIZER } from '../formats/file-names.ts';
import { parseJson } from '../formats/json.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { show } from '../show.ts';
import type { Assemble } from '../tokenizer/assemble.ts';
import { loadBpe } from '../tokenizer/bpe.ts';
import { createVocabulary, type Vocabulary } from '../tokenizer/vocabulary.ts';

/**
 * Reads a tokenizer.json: parsed already, the file's path or address, or a folder that holds it.
 *
 * @param need who needs it, as errors say it
 * @throws HashformerError `tokenizer`: there is none, or it is not JSON
 */
export async function readTokenizer(
  source: unknown,
  need: string,
  read: Runtime['read'],
  signal?: AbortSignal,
): Promise<unknown> {
  if (source instanceof URL) return readTokenizer(source.href, need, read, signal);
  if (typeof source === 'object' && source !== null) return source;
  if (typeof source !== 'string' || source === '') {
    throw new HashformerError(
      'tokenizer',
      `${need} needs a ${TOKENIZER}: its path, its address or the parsed object, but got ${show(source)}.`,
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
      `${need} needs a ${TOKENIZER}, but there is no ${name} in "${folder}"; put one beside the weights, or name one.`,
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
export async function readPieces(
  source: unknown,
  config: Pick<HashConfig, 'variant' | 'buckets'>,
  read: Runtime['read'],
  signal?: AbortSignal,
): Promise<{ json: unknown; hasher: LshHasher }> {
  const json = await readTokenizer(
    source,
    'The hash "lsh", which counts BPE pieces of RoBERTa,',
    read,
    signal,
  );
  return { json, hasher: new LshHasher(await loadBpe(json), config) };
}

/** What a model makes of its tokenizer.json: pieces to hash (`lsh`), or all its tokens (`vocab`). */
export interface ModelTokenizer {
  /** The parsed file. */
  readonly json: unknown;
  readonly hasher?: PieceHasher;
  readonly assemble?: Assemble;
  /** Most ids of a sequence, where the file says so. */
  readonly maxLength?: number;
  readonly vocabulary?: Vocabulary;
}

/**
 * Reads the tokenizer.json of a model that needs one.
 *
 * @throws HashformerError as readPieces()
 */
export async function readModelTokenizer(
  source: unknown,
  config: HashFormerConfig,
  read: Runtime['read'],
  signal?: AbortSignal,
): Promise<ModelTokenizer> {
  if (VARIANT[config.variant].lookUp !== 'id') return readPieces(source, config, read, signal);
  const json = await readTokenizer(source, 'The variant "vocab", which looks tokens up,', read, signal);
  const vocabulary = await createVocabulary(json, config);
  const { assemble, maxLength } = vocabulary;
  return { json, assemble, maxLength, vocabulary };
}
