// The reference's locality-sensitive hash: signs of a weighted sum of Gaussian vectors, one a BPE piece, each
// drawn by numpy's legacy generator seeded with the piece's id (HashFormers, Xue & Aletras 2022, section 3.2).

import { allocate } from '../arena';
import { nextNormal, seedNormal } from './normal';

/** Buckets of the reference. */
const BUCKETS: i32 = 50260;
const BUCKET_SEED: u32 = 42;

const sums = memory.data(128 * 8, 16);
/** The 50260 normals behind the buckets; drawn on first use. */
let bucketNormals: usize = 0;

/**
 * @param pieces `count` pairs of an id (u32, padded to 8 bytes) and a weight (f64)
 * @param code gets 16 bytes, most significant bit first
 */
export function lshCode(pieces: usize, count: i32, code: usize): void {
  memory.fill(sums, 0, 128 * 8);
  for (let i = 0; i < count; i++, pieces += 16) {
    const weight = load<f64>(pieces, 8);
    seedNormal(load<u32>(pieces));
    for (let bit: usize = 0; bit < 128; bit++) {
      store<f64>(sums + (bit << 3), load<f64>(sums + (bit << 3)) + weight * nextNormal());
    }
  }
  for (let byte: usize = 0; byte < 16; byte++) {
    let bits: u32 = 0;
    for (let bit: usize = 0; bit < 8; bit++) {
      bits = (bits << 1) | u32(load<f64>(sums + (((byte << 3) + bit) << 3)) > 0);
    }
    store<u8>(code + byte, <u8>bits);
  }
}

/** Makes ready the table that lshBucket reads. False when there is no memory left. */
export function prepareLshBuckets(): bool {
  if (bucketNormals) return true;
  bucketNormals = allocate(<u64>BUCKETS << 3);
  if (!bucketNormals) return false;
  seedNormal(BUCKET_SEED);
  for (let i = 0; i < BUCKETS; i++) store<f64>(bucketNormals + (<usize>i << 3), nextNormal());
  return true;
}

/**
 * The first of the 50260 buckets with the largest score, without the reference's offset of 5. The score of
 * bucket i is Σ weight · normal[(id + i) mod 50260], of the second half its negative.
 */
export function lshBucket(pieces: usize, count: i32): i32 {
  let best = -Infinity;
  let bestAt = 0;
  for (let i = 0; i < BUCKETS; i++) {
    let score: f64 = 0;
    for (let piece = 0, p = pieces; piece < count; piece++, p += 16) {
      const at = (load<u32>(p) + <u32>i) % <u32>BUCKETS;
      score += load<f64>(p, 8) * load<f64>(bucketNormals + (<usize>at << 3));
    }
    if (i >= BUCKETS >> 1) score = -score;
    if (score > best) {
      best = score;
      bestAt = i;
    }
  }
  return bestAt;
}
