// SimHash (Charikar 2002) over hashed character n-grams: each votes with the 128 bits of its HMAC-MD5, the majority
// decides.

import { hmac, type Key } from './hmac.ts';
import { ngrams } from './ngrams.ts';

/** The code of a text: 16 bytes, most significant bit first. The whole text is a feature too. */
export function simhash(bytes: readonly number[], shortest: number, longest: number, key: Key): number[] {
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
