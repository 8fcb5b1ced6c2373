import type { HashFormerConfig } from './config.ts';
import { HASH } from './hashes.ts';
import { VARIANT } from './variants.ts';

/** The part of a configuration that decides what a token hashes to. */
export type HashConfig = Pick<
  HashFormerConfig,
  | 'variant'
  | 'hash'
  | 'hash_key'
  | 'buckets'
  | 'hash_keys'
  | 'ngram_range'
  | 'ngram_key'
  | 'max_ngrams'
  | 'boundary_marks'
  | 'embedding_size'
>;

/** What strings hash to. */
export interface Hashes {
  /** CODE_BYTES each, one after the other, the most significant bit first. */
  readonly codes: ArrayLike<number>;
  /** One each, without the offset of the special tokens. Meaningful where the variant looks up buckets. */
  readonly buckets: ArrayLike<number>;
}

/** What hashes the tokens of one model. Strings need be no tokens: they may hold anything. */
export interface Hasher {
  /** Codes and buckets; not for variants that look up features. */
  hash(strings: readonly string[]): Hashes;
  /** Buckets of the features of each string; only for variants that look up features. */
  features(strings: readonly string[]): number[][];
}

/** Whether n-grams of tokens may be hashed, which see marks at both ends of a token. */
export function readsNgrams({ variant, hash }: Pick<HashConfig, 'variant' | 'hash'>): boolean {
  return VARIANT[variant].lookUp === 'features' || HASH[hash].reads === 'ngrams';
}

/** Keys that the whole of a token is hashed under, each for itself. */
export function wordKeys({ variant, hash_key, hash_keys }: HashConfig): readonly string[] {
  return VARIANT[variant].lookUp === 'features' ? hash_keys : [hash_key];
}

/** Whether a model reads texts, or hashes their tokens, by a tokenizer.json. */
export function needsTokenizer({ variant, hash }: Pick<HashConfig, 'variant' | 'hash'>): boolean {
  return VARIANT[variant].lookUp === 'id' || HASH[hash].reads === 'pieces';
}
