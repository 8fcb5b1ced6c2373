import * as abi from '../../assembly/abi.ts';

/** What tokens are hashed by. */
export const HASHES = ['md5', 'lsh', 'simhash'] as const;
export type Hash = (typeof HASHES)[number];

interface HashRecord {
  /** Its number in the wasm module. */
  readonly number: number;
  /** What it reads of a token: its text, the character n-grams of its text, or the BPE pieces of a tokenizer.json. */
  readonly reads: 'text' | 'ngrams' | 'pieces';
}

/** What there is to know of each hash outside the kernels that compute it. */
export const HASH = {
  md5: { number: abi.MD5, reads: 'text' },
  lsh: { number: abi.LSH, reads: 'pieces' },
  simhash: { number: abi.SIMHASH, reads: 'ngrams' },
} as const satisfies Record<Hash, HashRecord>;

/** Hashes that need nothing but the token. */
export type TextHash = {
  [Name in Hash]: (typeof HASH)[Name]['reads'] extends 'pieces' ? never : Name;
}[Hash];
