// SimHash (Charikar 2002) over hashed character n-grams: each n-gram votes with the 128 bits of its HMAC-MD5,
// the majority decides. Similar spellings share n-grams, so their codes are near. No vocabulary.

import { flushHashes, queueHash } from './hmac';
import { nextCodePoint, skipCodePoints } from './ngrams';

/** How many n-grams are hashed before their votes are counted. */
const CHUNK: i32 = 64;
const digests = memory.data(64 * 16, 16);
/** For each of the 128 bits, how many n-grams had it set. */
const votes = memory.data(128 * 4, 16);

/**
 * The code of one token.
 *
 * @param text the token between its marks, `length` bytes; without marks the slice inside them
 * @param shortest, longest lengths of n-grams in code points, 1 ≤ shortest ≤ longest
 * @param key a prepared HMAC key
 * @param code 16 bytes, most significant bit first
 *
 * The whole string is one feature more, so that a token shorter than every n-gram has a code too. A bit is 1
 * where more than half of the features have it.
 */
export function simhash(
  text: usize, length: usize, shortest: i32, longest: i32, key: usize, code: usize
): void {
  const end = text + length;
  memory.fill(votes, 0, 512);
  let pending = 1, total = 0;
  queueHash(text, length, key, digests);
  for (let size = shortest; size <= longest; size++) {
    let start = text;
    let stop = skipCodePoints(text, end, size);
    // There are no n-grams longer than the string, and the string itself has voted.
    if (!stop || stop == end) break;
    while (true) {
      queueHash(start, stop - start, key, digests + (<usize>pending << 4));
      if (++pending == CHUNK) {
        total += countVotes(pending);
        pending = 0;
      }
      if (stop >= end) break;
      start = nextCodePoint(start, end);
      stop = nextCodePoint(stop, end);
    }
  }
  total += countVotes(pending);
  for (let byte: usize = 0; byte < 16; byte++) {
    let bits: u32 = 0;
    for (let bit: usize = 0; bit < 8; bit++) {
      bits = (bits << 1) | u32(load<i32>(votes + (((byte << 3) + bit) << 2)) * 2 > total);
    }
    store<u8>(code + byte, <u8>bits);
  }
}

/** Counts the bits of the first `count` digests; returns `count`. */
function countVotes(count: i32): i32 {
  flushHashes();
  const end = digests + (<usize>count << 4);
  for (let byte: usize = 0; byte < 16; byte++) {
    const counters = votes + (byte << 5);
    for (let digest = digests; digest < end; digest += 16) {
      const bits = <i32>load<u8>(digest + byte);
      for (let bit = 0; bit < 8; bit++) {
        const counter = counters + (<usize>bit << 2);
        store<i32>(counter, load<i32>(counter) + ((bits >> (7 - bit)) & 1));
      }
    }
  }
  return count;
}
