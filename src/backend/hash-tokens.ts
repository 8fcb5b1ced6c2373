import { SPECIAL_TOKENS } from '../../assembly/abi.ts';
import type { Hash } from '../architecture/config.ts';
import { HASHES, REFERENCE_BUCKETS, REFERENCE_KEY } from '../architecture/config.ts';
import { checkInteger, checkOneOf } from '../arguments.ts';
import type { HashConfig, Hasher, TokenHasher } from '../backend/hasher.ts';
import { CODE_BYTES, hashStrings } from '../backend/hashes.ts';
import { HashformerError } from '../errors.ts';
import type { HashTokenOptions, TokenHashes } from '../hash-token.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { show } from '../show.ts';
import type { Exports } from '../wasm/exports.ts';

/** What hashing needs of the core, so that this chunk does not repeat it. */
export interface HashParts {
  readonly instantiateModule: () => Promise<{ exports: Exports }>;
  readonly Hasher: new (wasm: Exports, config: HashConfig, lsh?: TokenHasher) => Hasher;
  readonly read: Runtime['read'];
}

/** Tokens that are hashed at once, so that memory stays small. */
const CHUNK = 1 << 14;

/** The last hasher made for each hash, by what it was made for: callers ask for the same again and again. */
const last = new Map<Hash, { made: string; tokenizer: unknown; hasher: Promise<Hasher> }>();

async function createHasher(
  hash: Hash,
  key: string,
  buckets: number,
  tokenizer: unknown,
  { instantiateModule, Hasher, read }: HashParts,
): Promise<Hasher> {
  let lsh: TokenHasher | undefined;
  if (hash === 'lsh') {
    const { readLsh } = await import('../model/tokenizer-file.ts');
    lsh = (await readLsh(tokenizer, { variant: 'emb', buckets }, read)).hasher;
  }
  const { exports } = await instantiateModule();
  const config: HashConfig = {
    variant: 'emb',
    hash,
    hash_key: key,
    buckets,
    hash_keys: [],
    ngram_range: [2, 4],
    ngram_key: '',
    max_ngrams: 0,
    boundary_marks: true,
    embedding_size: 1,
  };
  return new Hasher(exports, config, lsh);
}

function hasherFor(options: HashTokenOptions, parts: HashParts): Promise<Hasher> {
  const { hash = 'md5', key = REFERENCE_KEY, buckets = REFERENCE_BUCKETS, tokenizer } = options;
  checkOneOf('The option "hash"', hash, HASHES);
  checkInteger('The option "buckets"', buckets, 1, 2 ** 31 - 6);
  if (typeof key !== 'string') {
    throw new HashformerError('argument', `The option "key" must be a string, but is ${show(key)}.`);
  }
  const made = JSON.stringify([key, buckets]);
  const known = last.get(hash);
  if (known?.made === made && known.tokenizer === tokenizer) return known.hasher;
  const hasher = createHasher(hash, key, buckets, tokenizer, parts);
  const entry = { made, tokenizer, hasher };
  hasher.catch(() => {
    if (last.get(hash) === entry) last.delete(hash);
  });
  last.set(hash, entry);
  return hasher;
}

/** See hashTokens() of the package, which has checked that these are strings and an object. */
export async function hashTokens(
  tokens: readonly string[],
  options: HashTokenOptions,
  parts: HashParts,
): Promise<TokenHashes> {
  const hasher = await hasherFor(options, parts);
  const codes = new Uint8Array(tokens.length * CODE_BYTES);
  const buckets = new Uint32Array(tokens.length);
  for (let at = 0; at < tokens.length; at += CHUNK) {
    const hashes = hashStrings(hasher, tokens.slice(at, at + CHUNK));
    codes.set(hashes.codes, at * CODE_BYTES);
    buckets.set(hashes.buckets, at);
  }
  for (let i = 0; i < buckets.length; i++) buckets[i]! += SPECIAL_TOKENS;
  return { codes, buckets };
}
