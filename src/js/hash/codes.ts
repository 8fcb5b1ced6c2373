// What a token's code is: 16 bytes under each hash, from what hashes are made of.

import type { HashConfig } from '../../architecture/hasher.ts';
import type { TextHash } from '../../architecture/hashes.ts';
import { hmac, type Key } from './hmac.ts';
import { ngrams } from './ngrams.ts';
import { utf8 } from './utf8.ts';

/** The code of a token, the most significant bit first. */
type CodeOf = (token: string, key: Key, config: HashConfig) => number[];

function md5(token: string, key: Key): number[] {
  const bytes = utf8(token);
  return hmac(bytes, 0, bytes.length, key);
}

/**
 * SimHash (Charikar 2002) over hashed character n-grams: each votes with the 128 bits of its HMAC-MD5, the majority
 * decides. The whole text is a feature too.
 */
function simhash(token: string, key: Key, { ngram_range, boundary_marks }: HashConfig): number[] {
  const [shortest, longest] = ngram_range!;
  const bytes = utf8(boundary_marks ? `<${token}>` : token);
  const votes: number[] = [];
  for (let i = 0; i < 128; i++) votes.push(0);
  let total = 0;
  const vote = (from: number, to: number) => {
    const digest = hmac(bytes, from, to, key);
    for (let i = 0; i < 128; i++) votes[i]! += (digest[i >> 3]! >> (7 - (i & 7))) & 1;
    total++;
  };
  vote(0, bytes.length);
  ngrams(bytes, shortest, longest, Number.POSITIVE_INFINITY, (from, to) => {
    // The whole text has voted.
    if (to - from < bytes.length) vote(from, to);
  });
  const code: number[] = [];
  for (let byte = 0; byte < 16; byte++) {
    let bits = 0;
    for (let bit = 0; bit < 8; bit++) bits = (bits << 1) | (votes[byte * 8 + bit]! * 2 > total ? 1 : 0);
    code.push(bits);
  }
  return code;
}

/** Codes under each hash; a hash over pieces is refused when a model is loaded. */
export const CODE = { md5, simhash } as const satisfies Record<TextHash, CodeOf>;
