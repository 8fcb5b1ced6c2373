import { runtime } from '#runtime';
import type { Hash } from './architecture/config.ts';
import { checkOptions, checkTokens } from './arguments.ts';
import { Hasher } from './backend/hasher.ts';
import type { TokenizerSource } from './model/source.ts';
import { instantiateModule } from './wasm/module.ts';

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
  /** The bits as a number (`lsh`: the best of the reference's 50260 scores) mod `buckets`, plus 5 for special tokens. */
  bucket: number;
}

/** What many tokens hash to. */
export interface TokenHashes {
  /** 16 bytes a token, one after the other. */
  codes: Uint8Array;
  /** One a token, 5 included. */
  buckets: Uint32Array;
}

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
export async function hashTokens(
  tokens: readonly string[],
  options?: HashTokenOptions,
): Promise<TokenHashes> {
  // Copies: the caller may change both while the rest is loaded.
  const given = checkTokens(tokens);
  const chosen = checkOptions<HashTokenOptions>(options, ['hash', 'key', 'buckets', 'tokenizer']);
  const implementation = await import('./backend/hash-tokens.ts');
  return implementation.hashTokens(given, chosen, { instantiateModule, Hasher, read: runtime.read });
}
