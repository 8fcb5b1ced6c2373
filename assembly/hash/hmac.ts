// HMAC (RFC 2104) with MD5. Messages are queued until every lane has one; lanes may have different keys and
// lengths.

import { LANES, WORD_BYTES, md5Block } from './md5';

/** Bytes of a prepared key: the MD5 states after the inner and the outer key block, 4 words each. */
export const KEY_BYTES: usize = 32;
const BLOCK: usize = 64;

const keyBlock = memory.data(64, 16);

const message = memory.data(64 * 4, 16);
const state = memory.data(16 * 4, 16);
const next = memory.data(16 * 4, 16);
const outer = memory.data(16 * 4, 16);
/** A queued message: address, length, prepared key, where the digest goes. */
const queue = memory.data(16 * 4, 16);
let queued: i32 = 0;

/** Word `i` of lane `lane` of a state or a block. */
// @ts-ignore: decorator
@inline
function laneWord(base: usize, i: usize, lane: i32): usize {
  return base + i * WORD_BYTES + (<usize>lane << 2);
}

/** Prepares a key of `length` bytes: writes KEY_BYTES to `prepared`. */
export function prepareKey(key: usize, length: usize, prepared: usize): void {
  memory.fill(keyBlock, 0, BLOCK);
  if (length > BLOCK) {
    // RFC 2104: a longer key is replaced by its digest.
    startStates();
    hashLanes(key, length);
    for (let i: usize = 0; i < 4; i++) store<u32>(keyBlock + (i << 2), load<u32>(laneWord(state, i, 0)));
  } else {
    memory.copy(keyBlock, key, length);
  }
  absorbKeyBlock(keyBlock, 0x36363636, prepared);
  absorbKeyBlock(keyBlock, 0x5c5c5c5c, prepared + 16);
}

function absorbKeyBlock(block: usize, pad: u32, out: usize): void {
  startStates();
  for (let i: usize = 0; i < 16; i++) {
    const word = load<u32>(block + (i << 2)) ^ pad;
    for (let lane = 0; lane < LANES; lane++) store<u32>(laneWord(message, i, lane), word);
  }
  md5Block(message, state, state);
  for (let i: usize = 0; i < 4; i++) store<u32>(out + (i << 2), load<u32>(laneWord(state, i, 0)));
}

function startStates(): void {
  for (let lane = 0; lane < LANES; lane++) {
    store<u32>(laneWord(state, 0, lane), 0x67452301);
    store<u32>(laneWord(state, 1, lane), 0xefcdab89);
    store<u32>(laneWord(state, 2, lane), 0x98badcfe);
    store<u32>(laneWord(state, 3, lane), 0x10325476);
  }
}

/** Queues HMAC-MD5 of `length` bytes at `data`; the 16 bytes at `digest` are valid after flushHashes(). */
export function queueHash(data: usize, length: usize, key: usize, digest: usize): void {
  const slot = queue + (<usize>queued << 4);
  store<usize>(slot, data);
  store<usize>(slot, length, 4);
  store<usize>(slot, key, 8);
  store<usize>(slot, digest, 12);
  if (++queued == LANES) flushHashes();
}

/** Finishes everything that is queued. */
export function flushHashes(): void {
  if (!queued) return;
  // Free lanes repeat the first message: same result, no special case.
  for (let lane = queued; lane < LANES; lane++) memory.copy(queue + (<usize>lane << 4), queue, 16);
  for (let lane = 0; lane < LANES; lane++) {
    const key = load<usize>(queue + (<usize>lane << 4), 8);
    for (let i: usize = 0; i < 4; i++) {
      store<u32>(laneWord(state, i, lane), load<u32>(key + (i << 2)));
      store<u32>(laneWord(outer, i, lane), load<u32>(key + 16 + (i << 2)));
    }
  }
  hashQueue();
  // The outer hash: one block, holding the inner digest.
  for (let i: usize = 0; i < 4; i++) {
    for (let lane = 0; lane < LANES; lane++) {
      store<u32>(laneWord(message, i, lane), load<u32>(laneWord(state, i, lane)));
      store<u32>(laneWord(message, i + 4, lane), i == 0 ? 0x80 : 0);
      store<u32>(laneWord(message, i + 8, lane), 0);
      store<u32>(laneWord(message, i + 12, lane), i == 2 ? (64 + 16) << 3 : 0);
    }
  }
  md5Block(message, outer, state);
  for (let lane = 0; lane < queued; lane++) {
    const digest = load<usize>(queue + (<usize>lane << 4), 12);
    for (let i: usize = 0; i < 4; i++) store<u32>(digest + (i << 2), load<u32>(laneWord(state, i, lane)));
  }
  queued = 0;
}

/** The inner hash of the queue: as many blocks as the longest message has; finished lanes keep their state. */
function hashQueue(): void {
  let blocks: usize = 0;
  for (let lane = 0; lane < LANES; lane++) {
    blocks = max(blocks, blocksOf(load<usize>(queue + (<usize>lane << 4), 4)));
  }
  for (let block: usize = 0; block < blocks; block++) {
    for (let lane = 0; lane < LANES; lane++) {
      const slot = queue + (<usize>lane << 4);
      fillBlock(load<usize>(slot), load<usize>(slot, 4), block, BLOCK, lane);
    }
    md5Block(message, state, next);
    for (let lane = 0; lane < LANES; lane++) {
      if (block >= blocksOf(load<usize>(queue + (<usize>lane << 4), 4))) continue;
      for (let i: usize = 0; i < 4; i++) {
        store<u32>(laneWord(state, i, lane), load<u32>(laneWord(next, i, lane)));
      }
    }
  }
}

/** Plain MD5 of one message; all lanes work on the same. */
function hashLanes(data: usize, length: usize): void {
  const blocks = blocksOf(length);
  for (let block: usize = 0; block < blocks; block++) {
    for (let lane = 0; lane < LANES; lane++) fillBlock(data, length, block, 0, lane);
    md5Block(message, state, state);
  }
}

/** Blocks of a message with its padding: one bit, zeros, and 8 bytes of length. */
// @ts-ignore: decorator
@inline
function blocksOf(length: usize): usize {
  return (length + 9 + 63) >> 6;
}

/**
 * Block number `block` of a padded message into one lane (RFC 1321, 3.1 and 3.2). `before` bytes, a key block, were
 * hashed already and count in the length.
 */
function fillBlock(data: usize, length: usize, block: usize, before: usize, lane: i32): void {
  const start = block << 6;
  const last = start + 64 >= length + 9;
  let p = laneWord(message, 0, lane);
  let remaining = <isize>length - <isize>start;
  data += start;
  for (let i = 0; i < 16; i++, p += WORD_BYTES, data += 4, remaining -= 4) {
    let word: u32 = 0;
    if (remaining >= 4) {
      word = load<u32>(data);
    } else if (remaining >= 0) {
      // The last bytes, and the one bit behind them.
      const bits = <u32>remaining << 3;
      word = (load<u32>(data) & ~(<u32>-1 << bits)) | (<u32>0x80 << bits);
    }
    store<u32>(p, word);
  }
  if (last) {
    const bits = <u64>(length + before) << 3;
    store<u32>(laneWord(message, 14, lane), <u32>bits);
    store<u32>(laneWord(message, 15, lane), <u32>(bits >> 32));
  }
}
