import { SPECIAL_TOKENS } from '../assembly/abi.ts';
import { CODE_BYTES, Hasher } from './backend/hasher.ts';
import { instantiateModule } from './backend/module.ts';
import { HashformerError, show } from './errors.ts';
import { checkInteger, checkOneOf, checkOptions } from './model/arguments.ts';
import { HASHES, type Hash, REFERENCE_BUCKETS, REFERENCE_KEY } from './model/config.ts';
import { readTokenizer, type TokenizerSource } from './model/source.ts';

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

export interface TokenHash {
  /** 128 bits as 32 hex digits, most significant first. */
  bits: string;
  /** The bits as a number mod `buckets`, plus 5: ids 0-4 belong to special tokens. */
  bucket: number;
}

/** The last hasher made, by what it was made for: hashing many tokens asks for the same again and again. */
let last: { key: string; tokenizer: unknown; hasher: Promise<Hasher> } | undefined;

async function createHasher(hash: Hash, key: string, buckets: number, tokenizer: unknown): Promise<Hasher> {
  const bpe =
    hash === 'lsh' ? await (await import('./hash/bpe.ts')).loadBpe(await readTokenizer(tokenizer)) : undefined;
  const { exports } = await instantiateModule();
  const config = {
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
  } as const;
  return new Hasher(exports, { ...config, hash_keys: [], ngram_range: [2, 4] }, bpe);
}

function hasherFor(options: HashTokenOptions): Promise<Hasher> {
  const { hash = 'md5', key = REFERENCE_KEY, buckets = REFERENCE_BUCKETS, tokenizer } = options;
  checkOneOf('The option "hash"', hash, HASHES);
  checkInteger('The option "buckets"', buckets, 1, 2 ** 31 - 6);
  if (typeof key !== 'string') {
    throw new HashformerError('argument', `The option "key" must be a string, but is ${show(key)}.`);
  }
  const made = JSON.stringify([hash, key, buckets]);
  if (last === undefined || last.key !== made || last.tokenizer !== tokenizer) {
    const hasher = createHasher(hash, key, buckets, tokenizer);
    const entry = { key: made, tokenizer, hasher };
    hasher.catch(() => {
      if (last === entry) last = undefined;
    });
    last = entry;
  }
  return last.hasher;
}

/** What many tokens hash to. */
export interface TokenHashes {
  /** 16 bytes a token, one after the other. */
  codes: Uint8Array;
  /** One a token, 5 included. */
  buckets: Uint32Array;
}

/** Tokens that are hashed at once, so that memory stays small. */
const CHUNK = 1 << 14;

/**
 * Hashes one token as it is: neither lower-cased nor split.
 *
 * @throws HashformerError `argument`, `tokenizer`, `dependency`
 */
export async function hashToken(token: string, options?: HashTokenOptions): Promise<TokenHash> {
  const { codes, buckets } = await hashTokens([token], options);
  const bits = Array.from(codes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { bits, bucket: buckets[0]! };
}

/** The same for many tokens, which is far faster than one by one. */
export async function hashTokens(tokens: readonly string[], options?: HashTokenOptions): Promise<TokenHashes> {
  if (!Array.isArray(tokens)) {
    throw new HashformerError('argument', `The tokens must be an array of strings, but are ${show(tokens)}.`);
  }
  for (const token of tokens) {
    if (typeof token !== 'string') {
      throw new HashformerError('argument', `A token must be a string, but is ${show(token)}.`);
    }
  }
  const hasher = await hasherFor(checkOptions(options));
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
