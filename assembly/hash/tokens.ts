// From tokens to codes: the 128 bits, the bucket, or the bag of features that the embedding layer looks up.

import {
  BUCKETS, CODES, EMB, FEATURES, FEATURE_STARTS, MD5, NGRAM, SIMHASH, SPANS, TEXT
} from '../abi';
import { region, tokenCount } from '../batch';
import {
  hashKind, keyAt, keyCount, longestGram, markBytes, marks, mostGrams, shortestGram, variant
} from '../model';
import { bucketOf } from './bucket';
import { flushHashes, queueHash } from './hmac';
import { nextCodePoint, skipCodePoints } from './ngrams';
import { simhash } from './simhash';

const NEWLINE: u8 = 10;

/** Where token `index` begins, behind its first mark, and how long it is in bytes. */
// @ts-ignore: decorator
@inline
function spanStart(index: i32): usize {
  return load<usize>(region(SPANS) + (<usize>index << 3));
}

// @ts-ignore: decorator
@inline
function spanLength(index: i32): usize {
  return load<usize>(region(SPANS) + (<usize>index << 3), 4);
}

/**
 * Finds the tokens in TEXT: one a line, between its marks, without a newline at the end. Returns how many there seem to be: more
 * than were announced if one of them holds a newline, which white space never lets happen in a text's tokens.
 */
export function splitText(bytes: i32): i32 {
  const text = region(TEXT), end = text + <usize>bytes;
  const spans = region(SPANS);
  let found = 0;
  let start = text;
  for (let p = text; p <= end; p++) {
    if (p < end && load<u8>(p) != NEWLINE) continue;
    if (found < tokenCount) {
      const span = spans + (<usize>found << 3);
      store<usize>(span, start + markBytes);
      store<usize>(span, p - start - 2 * markBytes, 4);
    }
    found++;
    start = p + 1;
  }
  return found;
}

/** Hashes all tokens of SPANS by MD5 or SimHash. LSH codes are made token by token, from the host's pieces. */
export function hashTokens(): void {
  if (variant == NGRAM) {
    hashFeatures();
    return;
  }
  const codes = region(CODES);
  if (hashKind == MD5) {
    const key = keyAt(0);
    for (let i = 0; i < tokenCount; i++) {
      queueHash(spanStart(i), spanLength(i), key, codes + (<usize>i << 4));
    }
    flushHashes();
  } else if (hashKind == SIMHASH) {
    const mark: usize = marks ? 1 : 0;
    for (let i = 0; i < tokenCount; i++) {
      simhash(
        spanStart(i) - mark, spanLength(i) + 2 * mark, shortestGram, longestGram, keyAt(0),
        codes + (<usize>i << 4)
      );
    }
  }
  if (variant != EMB) return;
  const buckets = region(BUCKETS);
  for (let i = 0; i < tokenCount; i++) {
    store<u32>(buckets + (<usize>i << 2), bucketOf(codes + (<usize>i << 4)));
  }
}

/**
 * The features of the `ngram` variant: HMAC-MD5 of the word under each of its keys, then its n-grams with their
 * marks, shortest first, at most `mostGrams`, under the last key.
 */
function hashFeatures(): void {
  const codes = region(CODES), starts = region(FEATURE_STARTS);
  const words = longestGram ? keyCount - 1 : keyCount;
  let count = 0;
  for (let i = 0; i < tokenCount; i++) {
    store<i32>(starts + (<usize>i << 2), count);
    const start = spanStart(i), length = spanLength(i);
    for (let key = 0; key < words; key++) {
      queueHash(start, length, keyAt(key), codes + (<usize>(count++) << 4));
    }
    if (longestGram) count += hashGrams(start - 1, start + length + 1, codes + (<usize>count << 4));
  }
  flushHashes();
  store<i32>(starts + (<usize>tokenCount << 2), count);
  const features = region(FEATURES);
  for (let i = 0; i < count; i++) {
    store<u32>(features + (<usize>i << 2), bucketOf(codes + (<usize>i << 4)));
  }
}

/** Queues the n-grams of the text from `text` to `end`; returns how many. */
function hashGrams(text: usize, end: usize, codes: usize): i32 {
  const key = keyAt(keyCount - 1);
  let count = 0;
  for (let size = shortestGram; size <= longestGram && count < mostGrams; size++) {
    let start = text;
    let stop = skipCodePoints(text, end, size);
    if (!stop) break;
    while (count < mostGrams) {
      queueHash(start, stop - start, key, codes + (<usize>(count++) << 4));
      if (stop >= end) break;
      start = nextCodePoint(start, end);
      stop = nextCodePoint(stop, end);
    }
  }
  return count;
}
