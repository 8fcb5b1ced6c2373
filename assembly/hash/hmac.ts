// HMAC (RFC 2104) with MD5. Messages are queued until every lane has one; lanes may have different keys and
// lengths.

import { LANES, WORD_BYTES, md5Block } from './md5';
import { blocksOf, fillBlock, laneWord } from './message';
import { storeTransposed } from '../kernel/transpose';

/** Bytes of a prepared key: the MD5 states after the inner and the outer key block, 4 words each. */
export const KEY_BYTES: usize = 32;
const BLOCK: usize = 64;
/** Bytes of a queued message: address, length, prepared key, where the digest goes. */
const ENTRY: usize = 16;

const keyBlock = memory.data(64, 16);
const block = memory.data(16 * 32, 16);
const state = memory.data(4 * 32, 16);
const queue = memory.data(8 * 16, 16);
let queued: i32 = 0;

/** States that the lanes begin with, inner and outer, and the keys that they came from. */
const innerStart = memory.data(4 * 32, 16);
const outerStart = memory.data(4 * 32, 16);
const laneKeys = memory.data(8 * 4, 16);
/** The outer message: the inner digest, whose words are written over and over, and its padding. */
const outerBlock = memory.data(16 * 32, 16);

/** Prepares a key of `length` bytes: writes KEY_BYTES to `prepared`. */
export function prepareKey(key: usize, length: usize, prepared: usize): void {
  memory.fill(keyBlock, 0, BLOCK);
  if (length > BLOCK) {
    // RFC 2104: a longer key is replaced by its digest.
    for (let lane = 0; lane < LANES; lane++) {
      store<usize>(queue + <usize>lane * ENTRY, key);
      store<usize>(queue + <usize>lane * ENTRY, length, 4);
    }
    start();
    for (let i: usize = 0; i < blocksOf(length); i++) {
      fillBlock(queue, ENTRY, i, 0, block);
      md5Block(block, state, state);
    }
    for (let i: usize = 0; i < 4; i++) store<u32>(keyBlock + (i << 2), load<u32>(laneWord(state, i, 0)));
  } else {
    memory.copy(keyBlock, key, length);
  }
  absorbKeyBlock(0x36363636, prepared);
  absorbKeyBlock(0x5c5c5c5c, prepared + 16);
  // The new key may stand where another stood before.
  memory.fill(laneKeys, 0, 32);
  for (let lane = 0; lane < LANES; lane++) {
    store<u32>(laneWord(outerBlock, 4, lane), 0x80);
    store<u32>(laneWord(outerBlock, 14, lane), <u32>(BLOCK + 16) << 3);
  }
}

function absorbKeyBlock(pad: u32, out: usize): void {
  start();
  for (let i: usize = 0; i < 16; i++) {
    const word = load<u32>(keyBlock + (i << 2)) ^ pad;
    for (let lane = 0; lane < LANES; lane++) store<u32>(laneWord(block, i, lane), word);
  }
  md5Block(block, state, state);
  for (let i: usize = 0; i < 4; i++) store<u32>(out + (i << 2), load<u32>(laneWord(state, i, 0)));
}

/** The state that MD5 begins with. */
function start(): void {
  for (let lane = 0; lane < LANES; lane++) {
    store<u32>(laneWord(state, 0, lane), 0x67452301);
    store<u32>(laneWord(state, 1, lane), 0xefcdab89);
    store<u32>(laneWord(state, 2, lane), 0x98badcfe);
    store<u32>(laneWord(state, 3, lane), 0x10325476);
  }
}

/** Queues HMAC-MD5 of `length` bytes at `data`; the 16 bytes at `digest` are valid after flushHashes(). */
export function queueHash(data: usize, length: usize, key: usize, digest: usize): void {
  const entry = queue + <usize>queued * ENTRY;
  store<usize>(entry, data);
  store<usize>(entry, length, 4);
  store<usize>(entry, key, 8);
  store<usize>(entry, digest, 12);
  if (++queued == LANES) flushHashes();
}

/** Finishes everything that is queued. */
export function flushHashes(): void {
  if (!queued) return;
  // Free lanes repeat the first message: same result, same place, no special case.
  for (let lane = queued; lane < LANES; lane++) memory.copy(queue + <usize>lane * ENTRY, queue, ENTRY);
  for (let lane = 0; lane < LANES; lane++) setLaneKey(lane, load<usize>(queue + <usize>lane * ENTRY, 8));
  hashMessages();
  md5Block(outerBlock, outerStart, state);
  storeDigests();
  queued = 0;
}

function setLaneKey(lane: i32, key: usize): void {
  const known = laneKeys + (<usize>lane << 2);
  if (load<usize>(known) == key) return;
  store<usize>(known, key);
  for (let i: usize = 0; i < 4; i++) {
    store<u32>(laneWord(innerStart, i, lane), load<u32>(key + (i << 2)));
    store<u32>(laneWord(outerStart, i, lane), load<u32>(key + 16 + (i << 2)));
  }
}

/** The inner hash of the queue, into the outer message; lanes whose message is over keep their state. */
function hashMessages(): void {
  let blocks: usize = 1;
  for (let lane = 0; lane < LANES; lane++) {
    blocks = max(blocks, blocksOf(load<usize>(queue + <usize>lane * ENTRY, 4)));
  }
  fillBlock(queue, ENTRY, 0, BLOCK, block);
  md5Block(block, innerStart, outerBlock);
  for (let i: usize = 1; i < blocks; i++) {
    fillBlock(queue, ENTRY, i, BLOCK, block);
    md5Block(block, outerBlock, state);
    for (let lane = 0; lane < LANES; lane++) {
      if (i >= blocksOf(load<usize>(queue + <usize>lane * ENTRY, 4))) continue;
      for (let word: usize = 0; word < 4; word++) {
        store<u32>(laneWord(outerBlock, word, lane), load<u32>(laneWord(state, word, lane)));
      }
    }
  }
}

/** The states as digests of 16 bytes, each where its message wants it. */
function storeDigests(): void {
  if (ASC_FEATURE_SIMD) {
    for (let lane: usize = 0; lane < <usize>LANES; lane += 4) {
      const words = state + (lane << 2);
      storeTransposed(
        v128.load(words), v128.load(words + WORD_BYTES), v128.load(words + 2 * WORD_BYTES),
        v128.load(words + 3 * WORD_BYTES), block, 16
      );
      for (let i: usize = 0; i < 4; i++) {
        v128.store(load<usize>(queue + (lane + i) * ENTRY, 12), v128.load(block + (i << 4)));
      }
    }
  } else {
    memory.copy(load<usize>(queue, 12), state, 16);
  }
}
