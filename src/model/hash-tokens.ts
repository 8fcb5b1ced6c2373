import { CODE_BYTES, SPECIAL_TOKENS } from '../../assembly/abi.ts';
import { REFERENCE_BUCKETS, REFERENCE_KEY } from '../architecture/config.ts';
import type { HashConfig, Hasher } from '../architecture/hasher.ts';
import { HASH, HASHES, type Hash } from '../architecture/hashes.ts';
import { checkInteger, checkOneOf } from '../arguments.ts';
import { StringHasher } from '../backend/string-hasher.ts';
import type { PieceHasher, WasmHasher } from '../backend/wasm-hasher.ts';
import { HashformerError } from '../errors.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { show } from '../show.ts';
import type { Exports } from '../wasm/exports.ts';
import type { TokenizerSource } from './model-files.ts';

export interface HashTokenOptions {
  /** Default `md5`. */
  hash?: Hash;
  /** Key of HMAC-MD5 or seed of SimHash. Default `en`. */
  key?: string;
  /** Default 50260, as in the reference. */
  buckets?: number;
  /** `lsh` only: RoBERTa's tokenizer.json, parsed, or its path or address; read once. */
  tokenizer?: TokenizerSource;
}

/** What many tokens hash to. */
export interface TokenHashes {
  /** 16 bytes a token, one after the other. */
  codes: Uint8Array;
  /** One a token, 5 included. */
  buckets: Uint32Array;
}

/** What hashing needs of the core, so that this chunk does not repeat it. */
export interface HashParts {
  readonly instantiateModule: () => Promise<{ exports: Exports }>;
  readonly WasmHasher: new (wasm: Exports, config: HashConfig, pieces?: PieceHasher) => WasmHasher;
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
  { instantiateModule, WasmHasher, read }: HashParts,
): Promise<Hasher> {
  let pieces: PieceHasher | undefined;
  if (HASH[hash].reads === 'pieces') {
    const { readPieces } = await import('./tokenizer-file.ts');
    pieces = (await readPieces(tokenizer, { variant: 'emb', buckets }, read)).hasher;
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
  return new StringHasher(new WasmHasher(exports, config, pieces));
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
    const hashes = hasher.hash(tokens.slice(at, at + CHUNK));
    codes.set(hashes.codes, at * CODE_BYTES);
    buckets.set(hashes.buckets, at);
  }
  for (let i = 0; i < buckets.length; i++) buckets[i]! += SPECIAL_TOKENS;
  return { codes, buckets };
}
