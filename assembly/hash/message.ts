// Blocks of padded MD5 messages (RFC 1321, 3.1 and 3.2), side by side in lanes: a message is followed by one
// bit, zeros, and its length in bits as 64 bits.

import { LANES, WORD_BYTES } from './md5';
import { storeTransposed } from '../kernel/transpose';

const CHUNK: usize = 16;
/** Sixteen bytes of ones, sixteen of zeros: a window of it keeps the first bytes of a chunk. */
const KEEP = memory.data<u64>([-1, -1, 0, 0], 16);
/** The one bit behind the message, in a window of 16 that puts it where the message ends. */
const END = memory.data<u64>([0, 0, 0x80, 0], 16);

/** Blocks of a message of `length` bytes with its padding. */
// @ts-ignore: decorator
@inline
export function blocksOf(length: usize): usize {
  return (length + 9 + 63) >> 6;
}

/** Word `i` of lane `lane` of a state or a block. */
// @ts-ignore: decorator
@inline
export function laneWord(base: usize, i: usize, lane: i32): usize {
  return base + i * WORD_BYTES + (<usize>lane << 2);
}

/**
 * Block number `block` of LANES messages.
 *
 * @param messages LANES entries of `entryBytes` bytes that begin with an address and a length
 * @param before bytes that were hashed already and count in the length
 * @param out 16 words of LANES lanes
 */
export function fillBlock(messages: usize, entryBytes: usize, block: usize, before: usize, out: usize): void {
  const start = block << 6;
  if (ASC_FEATURE_SIMD) {
    for (let chunk: usize = 0; chunk < 4; chunk++) {
      const at = start + chunk * CHUNK;
      for (let lane: usize = 0; lane < <usize>LANES; lane += 4) {
        const entry = messages + lane * entryBytes;
        storeTransposed(
          paddedChunk(entry, at), paddedChunk(entry + entryBytes, at), paddedChunk(entry + 2 * entryBytes, at),
          paddedChunk(entry + 3 * entryBytes, at), out + (chunk << 2) * WORD_BYTES + (lane << 2), WORD_BYTES
        );
      }
    }
  } else {
    fillBlockScalar(load<usize>(messages) + start, <isize>load<usize>(messages, 4) - <isize>start, out);
  }
  for (let lane = 0; lane < LANES; lane++) {
    const length = load<usize>(messages + <usize>lane * entryBytes, 4);
    if (block + 1 != blocksOf(length)) continue;
    const bits = <u64>(length + before) << 3;
    store<u32>(laneWord(out, 14, lane), <u32>bits);
    store<u32>(laneWord(out, 15, lane), <u32>(bits >> 32));
  }
}

/** Sixteen bytes of a message from byte `at` on, or what pads them. */
// @ts-ignore: decorator
@inline
function paddedChunk(entry: usize, at: usize): v128 {
  const rest = <isize>load<usize>(entry, 4) - <isize>at;
  if (rest < 0) return i32x4.splat(0);
  const bytes = v128.load(load<usize>(entry) + at);
  if (rest >= 16) return bytes;
  const window = CHUNK - <usize>rest;
  return v128.or(v128.and(bytes, v128.load(KEEP + window)), v128.load(END + window));
}

function fillBlockScalar(data: usize, rest: isize, out: usize): void {
  for (let end = out + 64; out < end; out += 4, data += 4, rest -= 4) {
    let word: u32 = 0;
    if (rest >= 4) {
      word = load<u32>(data);
    } else if (rest >= 0) {
      const bits = <u32>rest << 3;
      word = (load<u32>(data) & ~(<u32>-1 << bits)) | (<u32>0x80 << bits);
    }
    store<u32>(out, word);
  }
}
