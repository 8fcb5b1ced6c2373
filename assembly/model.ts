// What this instance computes: sizes and settings of one model.

import {
  ATTENTION_HEADS, EMB, ENCODER_FIELDS, EPSILON, FIRST_POSITION, HEAD_ACTIVATION, HIDDEN_SIZE, INTERMEDIATE_SIZE,
  LAYERS, LSH, MD5, NGRAM, SIMHASH, TANH
} from './abi';
import { padded } from './arena';
import { setBuckets } from './hash/bucket';
import { KEY_BYTES, prepareKey } from './hash/hmac';
import { prepareLshBuckets } from './hash/lsh';
import { allocateDescriptors } from './tensor';

export let hiddenSize: i32 = 0;
export let layerCount: i32 = 0;
export let headCount: i32 = 0;
export let intermediateSize: i32 = 0;
/** Position of a sequence's first token: 2 in RoBERTa, 0 in BERT. */
export let firstPosition: i32 = 0;
export let epsilon: f32 = 0;
/** What stands between the two layers of the classification head. */
export let headActivation: i32 = TANH;
/** Size of one head, and with its padding. */
export let headSize: i32 = 0;
export let headStride: i32 = 0;
/** Width of a row of queries: all heads with their padding. */
export let attentionWidth: i32 = 0;

export let variant: i32 = EMB;
/** Width of what comes out of the embedding tables, before any projection to the hidden size. */
export let embeddingSize: i32 = 0;

export let hashKind: i32 = MD5;
export let shortestGram: i32 = 0;
export let longestGram: i32 = 0;
export let mostGrams: i32 = 0;
/** Whether n-grams of a SimHash see the boundary marks. */
export let marks: bool = false;
/** Bytes of the mark before and of the one after each token in TEXT: n-grams need them, other hashes do not. */
export let markBytes: usize = 0;

/** Bytes of one row of hidden states. */
// @ts-ignore: decorator
@inline
export function hiddenRowBytes(): usize {
  return <usize>padded(hiddenSize) << 2;
}

/** Prepared HMAC keys, in the order of addKey(). */
const MOST_KEYS: i32 = 16;
const keys = memory.data(16 * 32, 16);
export let keyCount: i32 = 0;

export function keyAt(index: i32): usize {
  return keys + <usize>index * KEY_BYTES;
}

/** Field `index` of a block of `count`, 0 where it has none. */
function field(block: usize, count: i32, index: i32): i32 {
  return index < count ? load<i32>(block + (<usize>index << 2)) : 0;
}

/**
 * The encoder's sizes and what it is made of, from a block of `count` fields; see abi.ts. False when there is no memory
 * left, or when the block has fields that this module does not know.
 */
export function configureEncoder(block: usize, count: i32): bool {
  if (count > ENCODER_FIELDS) return false;
  hiddenSize = field(block, count, HIDDEN_SIZE);
  layerCount = field(block, count, LAYERS);
  headCount = field(block, count, ATTENTION_HEADS);
  intermediateSize = field(block, count, INTERMEDIATE_SIZE);
  firstPosition = field(block, count, FIRST_POSITION);
  epsilon = reinterpret<f32>(field(block, count, EPSILON));
  headActivation = field(block, count, HEAD_ACTIVATION);
  headSize = hiddenSize / headCount;
  headStride = padded(headSize);
  attentionWidth = headCount * headStride;
  // The block is scratch, which this gives up.
  return allocateDescriptors(layerCount);
}

export function configureEmbedding(embeddingVariant: i32, size: i32): void {
  variant = embeddingVariant;
  embeddingSize = size;
}

/**
 * After configureEmbedding().
 *
 * @param buckets how many rows a bucket may name
 * @param shortest, longest length of n-grams in code points; a `longest` of 0 means no n-grams
 * @param most n-grams of one token (ngram)
 */
export function configureHash(
  kind: i32, buckets: u32, shortest: i32, longest: i32, most: i32, withMarks: bool
): bool {
  hashKind = kind;
  setBuckets(buckets);
  shortestGram = shortest;
  longestGram = longest;
  mostGrams = most;
  marks = withMarks;
  markBytes = variant == NGRAM || kind == SIMHASH ? 1 : 0;
  keyCount = 0;
  return kind != LSH || variant != EMB || prepareLshBuckets();
}

/** Adds an HMAC key: for `ngram` one a hash of the word, then the one of its n-grams. False: too many. */
export function addKey(key: usize, length: usize): bool {
  if (keyCount == MOST_KEYS) return false;
  prepareKey(key, length, keyAt(keyCount));
  keyCount++;
  return true;
}
