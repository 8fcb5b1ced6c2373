// Where the batch at hand lies in scratch memory. A batch is a list of sequences, one after the other, without
// padding: row t of every array below is token t of the batch.

import {
  BUCKETS, CODES, FEATURES, FEATURE_STARTS, NGRAM, OUTPUT, PIECES, ROWS, SPANS, STARTS, TEXT, TYPES
} from './abi';
import { allocateScratch, padded, resetScratch } from './arena';
import {
  attentionWidth, embeddingSize, headStride, hiddenSize, intermediateSize, keyCount, mostGrams,
  variant
} from './model';
import { quantizedRowBytes } from './kernel/int8';

/** Query rows that are scored at a time, so that their scores stay in the cache. */
export const QUERY_BLOCK: i32 = 32;

export let tokenCount: i32 = 0;
export let rowCount: i32 = 0;
export let sequenceCount: i32 = 0;

/** Regions by their numbers in abi.ts. */
const regions = memory.data(16 * 4, 4);

// What passes between the layers; see encoder.ts.
export let hidden: usize = 0;
export let projected: usize = 0;
export let context: usize = 0;
export let update: usize = 0;
export let scores: usize = 0;
export let keyPanels: usize = 0;
export let valuePanels: usize = 0;
export let quantized: usize = 0;
export let features: usize = 0;
/** One row a sequence: pooled states and what the heads make of them. */
export let pooled: usize = 0;
export let headState: usize = 0;
export let headOut: usize = 0;

export function region(index: i32): usize {
  return load<usize>(regions + (<usize>index << 2));
}

/** Most features that the embedding of one token sums up. */
function featuresPerToken(): i32 {
  return variant == NGRAM ? keyCount + mostGrams : 1;
}

let failed: bool = false;

function place(bytes: u64): usize {
  const pointer = allocateScratch(bytes);
  if (!pointer) failed = true;
  return pointer;
}

/** Puts a region of `bytes` behind what is there. False when there is no memory left. */
export function placeRegion(index: i32, bytes: u64): bool {
  const pointer = place(bytes);
  store<usize>(regions + (<usize>index << 2), pointer);
  return pointer != 0;
}

/**
 * Lays out scratch memory for a batch. All its tokens have type 0 until the host writes others to TYPES.
 *
 * @param tokens ordinary tokens; `textBytes` bytes of UTF-8 with their marks
 * @param rows all tokens, special ones included; `sequences` of them begin a sequence, the longest has `longest`
 * @param pieces most BPE pieces of one token (LSH)
 * @param outputs numbers that go back to the host at once
 * @param headWidth widest row that a head puts out
 * @returns false when there is no memory left
 */
export function prepare(
  tokens: i32, textBytes: i32, rows: i32, sequences: i32, longest: i32, pieces: i32, outputs: i32,
  headWidth: i32
): bool {
  tokenCount = tokens;
  rowCount = rows;
  sequenceCount = sequences;
  failed = false;
  resetScratch();
  const perToken = featuresPerToken();
  placeRegion(TEXT, <u64>textBytes);
  placeRegion(SPANS, <u64>tokens << 3);
  placeRegion(ROWS, <u64>rows << 2);
  placeRegion(STARTS, (<u64>sequences + 1) << 2);
  placeRegion(CODES, (<u64>tokens * <u64>perToken) << 4);
  placeRegion(BUCKETS, <u64>tokens << 2);
  placeRegion(FEATURES, (<u64>tokens * <u64>perToken) << 2);
  placeRegion(FEATURE_STARTS, (<u64>tokens + 1) << 2);
  placeRegion(PIECES, <u64>pieces << 4);
  placeRegion(OUTPUT, <u64>outputs << 2);
  placeRegion(TYPES, <u64>rows << 2);

  const width = <u64>padded(hiddenSize);
  const inner = <u64>padded(intermediateSize);
  const attention = <u64>attentionWidth;
  const bits: u64 = 128;
  const r = <u64>rows * 4;
  hidden = place(r * width);
  projected = place(r * max(attention * 3, max(inner, max(bits, <u64>padded(embeddingSize)))));
  context = place(r * attention);
  update = place(r * width);
  const keysPadded = <u64>padded(longest);
  scores = place(<u64>QUERY_BLOCK * 4 * keysPadded);
  keyPanels = place(keysPadded * <u64>headStride * 4);
  valuePanels = place(<u64>longest * <u64>headStride * 4);
  const widest = <i32>max(max(attention, inner), max(width, <u64>padded(embeddingSize)));
  quantized = place(<u64>rows * <u64>(quantizedRowBytes(widest) + 8));
  features = projected;
  const s = <u64>sequences * 4;
  pooled = place(s * width);
  headState = place(s * width);
  headOut = place(max(s, r) * <u64>padded(headWidth));
  if (failed) return false;
  memory.fill(region(TYPES), 0, <usize>rows << 2);
  return true;
}
