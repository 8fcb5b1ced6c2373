// XXH64 (Collet; xxHash specification 0.1.1) with seed 0: the checksum of weight files. Streams: begin, then
// chunks whose lengths are multiples of 32 but for the last, then end.

const PRIME_1: u64 = 0x9e3779b185ebca87;
const PRIME_2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME_3: u64 = 0x165667b19e3779f9;
const PRIME_4: u64 = 0x85ebca77c2b2ae63;
const PRIME_5: u64 = 0x27d4eb2f165667c5;

let v1: u64 = 0, v2: u64 = 0, v3: u64 = 0, v4: u64 = 0;
let hash: u64 = 0;
let hashedBytes: u64 = 0;

export function beginXxh64(): void {
  v1 = PRIME_1 + PRIME_2;
  v2 = PRIME_2;
  v3 = 0;
  v4 = 0 - PRIME_1;
  hashedBytes = 0;
}

// @ts-ignore: decorator
@inline
function round(v: u64, word: u64): u64 {
  return rotl<u64>(v + word * PRIME_2, 31) * PRIME_1;
}

// @ts-ignore: decorator
@inline
function merge(h: u64, v: u64): u64 {
  return (h ^ round(0, v)) * PRIME_1 + PRIME_4;
}

/** Adds `length` bytes. A length that is not a multiple of 32 ends the stream. */
export function updateXxh64(data: usize, length: usize): void {
  const end = data + length;
  hashedBytes += <u64>length;
  for (; data + 32 <= end; data += 32) {
    v1 = round(v1, load<u64>(data));
    v2 = round(v2, load<u64>(data, 8));
    v3 = round(v3, load<u64>(data, 16));
    v4 = round(v4, load<u64>(data, 24));
  }
  if (hashedBytes >= 32) {
    hash = rotl<u64>(v1, 1) + rotl<u64>(v2, 7) + rotl<u64>(v3, 12) + rotl<u64>(v4, 18);
    hash = merge(merge(merge(merge(hash, v1), v2), v3), v4);
  } else {
    hash = PRIME_5;
  }
  hash += hashedBytes;
  for (; data + 8 <= end; data += 8) {
    hash = rotl<u64>(hash ^ round(0, load<u64>(data)), 27) * PRIME_1 + PRIME_4;
  }
  if (data + 4 <= end) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(data) * PRIME_1), 23) * PRIME_2 + PRIME_3;
    data += 4;
  }
  for (; data < end; data++) hash = rotl<u64>(hash ^ (<u64>load<u8>(data) * PRIME_5), 11) * PRIME_1;
  hash ^= hash >> 33;
  hash *= PRIME_2;
  hash ^= hash >> 29;
  hash *= PRIME_3;
  hash ^= hash >> 32;
}

/** The digest so far. */
export function xxh64(): u64 {
  return hash;
}
