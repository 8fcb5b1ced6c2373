import { runtime } from '#runtime';
import { checkOptions, checkStrings } from './arguments.ts';
import { WasmHasher } from './backend/wasm-hasher.ts';
import type { HashTokenOptions, TokenHashes } from './model/hash-tokens.ts';
import { instantiateModule } from './wasm/module.ts';

export type { HashTokenOptions, TokenHashes };

export interface TokenHash {
  /** 128 bits as 32 hex digits, most significant first. */
  bits: string;
  /** The bits as a number (`lsh`: the best of the reference's 50260 scores) mod `buckets`, plus 5 for special tokens. */
  bucket: number;
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
  const given = checkStrings(tokens, 'The tokens', 'A token');
  const chosen = checkOptions<HashTokenOptions>(options, ['hash', 'key', 'buckets', 'tokenizer']);
  const implementation = await import('./model/hash-tokens.ts');
  return implementation.hashTokens(given, chosen, { instantiateModule, WasmHasher, read: runtime.read });
}
