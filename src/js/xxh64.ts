// XXH64 (Collet; xxHash specification 0.1.1) with seed 0, the checksum of weight files, on 64-bit numbers in two halves.

import type { Numbers } from './numbers.ts';

/** A 64-bit number: high and low half, as signed integers. */
type Word = readonly [number, number];

const PRIME_1: Word = [0x9e3779b1 | 0, 0x85ebca87 | 0];
const PRIME_2: Word = [0xc2b2ae3d | 0, 0x27d4eb4f];
const PRIME_3: Word = [0x165667b1, 0x9e3779f9 | 0];
const PRIME_4: Word = [0x85ebca77 | 0, 0xc2b2ae63 | 0];
const PRIME_5: Word = [0x27d4eb2f, 0x165667c5];
const ZERO: Word = [0, 0];

/** The low 32 bits of a product. */
function multiplyLow(a: number, b: number): number {
  return ((a & 0xffff) * b + (((a >>> 16) * (b & 0xffff)) & 0xffff) * 65536) | 0;
}

/** a · b mod 2^64. */
function multiply(a: Word, b: Word): Word {
  const a0 = a[1] & 0xffff;
  const a1 = a[1] >>> 16;
  const b0 = b[1] & 0xffff;
  const b1 = b[1] >>> 16;
  const low = a0 * b0;
  const middle = a1 * b0 + Math.floor(low / 65536);
  const next = a0 * b1 + (middle % 65536);
  const high = a1 * b1 + Math.floor(middle / 65536) + Math.floor(next / 65536);
  return [
    (high + multiplyLow(a[0], b[1]) + multiplyLow(a[1], b[0])) | 0,
    ((next % 65536) * 65536 + (low % 65536)) | 0,
  ];
}

function add(a: Word, b: Word): Word {
  const low = (a[1] >>> 0) + (b[1] >>> 0);
  return [(a[0] + b[0] + (low > 0xffffffff ? 1 : 0)) | 0, low | 0];
}

function xor(a: Word, b: Word): Word {
  return [a[0] ^ b[0], a[1] ^ b[1]];
}

function rotate([high, low]: Word, bits: number): Word {
  return [(high << bits) | (low >>> (32 - bits)), (low << bits) | (high >>> (32 - bits))];
}

/** x ^ (x >> bits) */
function fold([high, low]: Word, bits: number): Word {
  return bits < 32
    ? [high ^ (high >>> bits), low ^ ((low >>> bits) | (high << (32 - bits)))]
    : [high, low ^ (high >>> (bits - 32))];
}

function round(v: Word, word: Word): Word {
  return multiply(rotate(add(v, multiply(word, PRIME_2)), 31), PRIME_1);
}

function merge(hash: Word, v: Word): Word {
  return add(multiply(xor(hash, round(ZERO, v)), PRIME_1), PRIME_4);
}

function hex(half: number): string {
  const digits = (half >>> 0).toString(16);
  return '00000000'.slice(digits.length) + digits;
}

/** `xxh64:` and the 16 hex digits of the bytes' XXH64. */
export function checksum(bytes: Numbers): string {
  const length = bytes.length;
  const half = (at: number) =>
    bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  const word = (at: number): Word => [half(at + 4), half(at)];
  let at = 0;
  let hash = PRIME_5;
  if (length >= 32) {
    let v1 = add(PRIME_1, PRIME_2);
    let v2 = PRIME_2;
    let v3 = ZERO;
    let v4 = multiply(PRIME_1, [-1, -1]);
    for (; at + 32 <= length; at += 32) {
      v1 = round(v1, word(at));
      v2 = round(v2, word(at + 8));
      v3 = round(v3, word(at + 16));
      v4 = round(v4, word(at + 24));
    }
    hash = add(add(rotate(v1, 1), rotate(v2, 7)), add(rotate(v3, 12), rotate(v4, 18)));
    hash = merge(merge(merge(merge(hash, v1), v2), v3), v4);
  }
  hash = add(hash, [Math.floor(length / 2 ** 32), length | 0]);
  for (; at + 8 <= length; at += 8) {
    hash = add(multiply(rotate(xor(hash, round(ZERO, word(at))), 27), PRIME_1), PRIME_4);
  }
  if (at + 4 <= length) {
    hash = add(multiply(rotate(xor(hash, multiply([0, half(at)], PRIME_1)), 23), PRIME_2), PRIME_3);
    at += 4;
  }
  for (; at < length; at++) {
    hash = multiply(rotate(xor(hash, multiply([0, bytes[at]!], PRIME_5)), 11), PRIME_1);
  }
  hash = multiply(fold(hash, 33), PRIME_2);
  hash = multiply(fold(hash, 29), PRIME_3);
  hash = fold(hash, 32);
  return `xxh64:${hex(hash[0])}${hex(hash[1])}`;
}
