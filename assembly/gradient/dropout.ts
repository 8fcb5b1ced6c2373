// Dropout (Srivastava et al. 2014). Nothing is stored of a mask: whether a number is dropped is a hash of its place,
// so that the backward pass, or a second forward pass, finds the same mask again.

import { mul } from '../kernel/lane';

/** Places where a mask is drawn: one for the embeddings and the heads, these in every layer. */
export const EMBEDDING_SITE: i32 = 0;
export const HEAD_SITE: i32 = 1;
export const HEAD_STATE_SITE: i32 = 2;
export const SITES_PER_LAYER: i32 = 3;
export const ATTENTION_SITE: i32 = 3;
export const ATTENTION_OUT_SITE: i32 = 4;
export const LAYER_OUT_SITE: i32 = 5;

/** Hashes below this are dropped; 0 where dropout is off. */
let threshold: u32 = 0;
/** 1 / (1 - rate) */
let scale: f32 = 1;
let key: u32 = 0;

/** @param rate share of numbers that become 0, 0 ≤ rate < 1; `seed` draws other masks for every other value */
export function setDropout(rate: f32, seed: u32): void {
  threshold = <u32>(<f64>rate * 4294967296.0);
  scale = <f32>1.0 / (<f32>1.0 - rate);
  key = seed;
}

/** Multiples of 2^32 over the golden ratio are spread evenly (Weyl). */
const STEP: u32 = 0x9e3779b9;

// A permutation of 32 bits that mixes well (Wellons 2018, "lowbias32").
// @ts-ignore: decorator
@inline
function mix(x: u32): u32 {
  x = (x ^ (x >> 16)) * 0x7feb352d;
  x = (x ^ (x >> 15)) * 0x846ca68b;
  return x ^ (x >> 16);
}

// The same without its last step, which does not change the high bits, and with a key in it.
// @ts-ignore: decorator
@inline
function mixHigh(x: u32, flip: u32): u32 {
  x = (x ^ (x >> 16) ^ flip) * 0x7feb352d;
  return (x ^ (x >> 15)) * 0x846ca68b;
}

// @ts-ignore: decorator
@inline
function mixHighLanes(x: v128, flips: v128, first: v128, second: v128): v128 {
  x = i32x4.mul(v128.xor(v128.xor(x, i32x4.shr_u(x, 16)), flips), first);
  return i32x4.mul(v128.xor(x, i32x4.shr_u(x, 15)), second);
}

/**
 * Drops numbers of `data` and scales the others up, in place: the forward pass of a value, and the backward pass of
 * its gradient.
 *
 * @param site where in the model, `layer` in which layer
 * @param first index of data's first number among those of the site
 * @param count a multiple of 4
 */
export function dropout(data: usize, count: i32, site: i32, layer: i32, first: u32): void {
  if (!threshold) return;
  const offset = mix(key ^ mix(<u32>(site + layer * SITES_PER_LAYER)));
  const flip = mix(offset + key);
  const end = data + (<usize>count << 2);
  if (ASC_FEATURE_SIMD) {
    const flips = i32x4.splat(flip), least = i32x4.splat(threshold), scales = f32x4.splat(scale);
    const one = i32x4.splat(0x7feb352d), two = i32x4.splat(<i32>0x846ca68b), four = i32x4.splat(4 * STEP);
    let place = i32x4.mul(i32x4.add(i32x4.splat(first + offset), i32x4(0, 1, 2, 3)), i32x4.splat(STEP));
    for (; data < end; data += 16) {
      const kept = i32x4.ge_u(mixHighLanes(place, flips, one, two), least);
      v128.store(data, v128.and(mul<v128>(v128.load(data), scales), kept));
      place = i32x4.add(place, four);
    }
  } else {
    for (let place = (first + offset) * STEP; data < end; data += 4, place += STEP) {
      store<f32>(data, mixHigh(place, flip) >= threshold ? load<f32>(data) * scale : 0);
    }
  }
}
