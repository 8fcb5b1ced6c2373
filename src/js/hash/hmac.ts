// HMAC (RFC 2104) with MD5.

import { md5Block, START, type State } from './md5.ts';

/** The states after the inner and the outer key block. */
export interface Key {
  readonly inner: State;
  readonly outer: State;
}

/** Bytes of a block. */
const BLOCK = 64;

/** The state after bytes `from` to `to`, and their padding; `before` bytes were hashed already and count in the length. */
function hash(bytes: readonly number[], from: number, to: number, before: number, start: State): State {
  const length = to - from;
  const blocks = (length + 9 + 63) >> 6;
  let state = start;
  for (let i = 0; i < blocks; i++) {
    const block: number[] = [];
    for (let word = 0; word < 16; word++) {
      let value = 0;
      for (let byte = 0; byte < 4; byte++) {
        const at = (i << 6) + (word << 2) + byte;
        const next = at < length ? bytes[from + at]! : at === length ? 0x80 : 0;
        value |= next << (byte << 3);
      }
      block.push(value);
    }
    if (i === blocks - 1) {
      block[14] = ((length + before) << 3) | 0;
      block[15] = Math.floor((length + before) / 2 ** 29);
    }
    state = md5Block(block, state);
  }
  return state;
}

/** The 16 bytes of a state. */
function digest(state: State): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < 16; i++) bytes.push((state[i >> 2]! >> ((i & 3) << 3)) & 255);
  return bytes;
}

export function prepareKey(key: readonly number[]): Key {
  // RFC 2104: a longer key is replaced by its digest.
  const short = key.length > BLOCK ? digest(hash(key, 0, key.length, 0, START)) : key;
  const absorb = (pad: number) => {
    const block: number[] = [];
    for (let word = 0; word < 16; word++) {
      let value = 0;
      for (let byte = 0; byte < 4; byte++) {
        value |= ((short[(word << 2) + byte] ?? 0) ^ pad) << (byte << 3);
      }
      block.push(value);
    }
    return md5Block(block, START);
  };
  return { inner: absorb(0x36), outer: absorb(0x5c) };
}

/** The 16 bytes of HMAC-MD5 of bytes `from` to `to`. */
export function hmac(bytes: readonly number[], from: number, to: number, { inner, outer }: Key): number[] {
  const state = hash(bytes, from, to, BLOCK, inner);
  const block = [
    state[0],
    state[1],
    state[2],
    state[3],
    0x80,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    (BLOCK + 16) << 3,
    0,
  ];
  return digest(md5Block(block, outer));
}
