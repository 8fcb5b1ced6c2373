// What src/backend/hashes.ts is to the wasm module, to this build: the build puts the one in place of the other.

import type { Hasher } from './hasher.ts';

export const CODE_BYTES = 16;

/** Codes and buckets of any strings (not for `ngram`). */
export function hashStrings(hasher: Hasher, strings: readonly string[]) {
  const codes: number[] = [];
  const buckets: number[] = [];
  for (const text of strings) {
    const code = hasher.code(text);
    for (const byte of code) codes.push(byte);
    buckets.push(hasher.bucket(code));
  }
  return { codes, buckets };
}

/** Buckets of the features of each string (`ngram` only). */
export function hashFeatures(hasher: Hasher, strings: readonly string[]): number[][] {
  return strings.map((text) => hasher.features(text));
}
