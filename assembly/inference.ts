// The ABI of the inference module: what a host calls, in the order in which it calls it. docs/abi.md tells the
// same in prose. Addresses are byte offsets into the exported memory; every function that needs memory says
// with its result whether there was enough.

import { ABI_VERSION, CODES, PIECES } from './abi';
import { allocate, allocateScratch, padded, resetScratch } from './arena';
import { region } from './batch';
import { prepareEmbedding } from './embedding';
import { lshBucket, lshCode } from './hash/lsh';
import { nextNormal, seedNormal } from './hash/normal';
import { setZeros } from './kernel/attention';
import { sigmoidInPlace, softmaxRow } from './kernel/softmax';
import { headStride } from './model';

export { probe } from './kernel/probe';
export { beginXxh64, updateXxh64, xxh64 } from './hash/xxh64';
export { configureEncoder, configureEmbedding, configureHash, addKey } from './model';
export { createTable, createLinear, storeTableRows, storeLinearRows, storeBias } from './tensor';
export { prepare, region } from './batch';
export { splitText, hashTokens } from './hash/tokens';
export { embed } from './embedding';
export { encode } from './encoder';
export { emitHidden, emitPooled, emitSentences, emitLogits, emitTokenLogits } from './head';

export function abiVersion(): i32 {
  return ABI_VERSION;
}

/** 1 scalar, 2 simd, 3 relaxed: what this file was compiled for. */
export function tier(): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? 3 : ASC_FEATURE_SIMD ? 2 : 1;
}

/**
 * Memory to hand data over in: all scratch is given up, `bytes` of it are usable from the returned address
 * until the next call that allocates. 0 when there is no memory left.
 */
export function stage(bytes: u32): usize {
  resetScratch();
  return allocateScratch(bytes);
}

/** Call once, when all tensors are stored. `positions`: the longest sequence. False: no memory left. */
export function finish(positions: i32): bool {
  const zeros = allocate(<u64>max(padded(positions), headStride) << 2);
  setZeros(zeros);
  return zeros != 0 && prepareEmbedding();
}

/** Writes the LSH code of token `index` from the `count` pieces in PIECES. */
export function hashPieces(index: i32, count: i32): void {
  lshCode(region(PIECES), count, region(CODES) + (<usize>index << 4));
}

/** The LSH bucket of the `count` pieces in PIECES. */
export function bucketPieces(count: i32): i32 {
  return lshBucket(region(PIECES), count);
}

/** Softmax over each of `rows` rows of `width` numbers at `data`, in place; a row begins every `stride` bytes. */
export function softmax(data: usize, rows: i32, width: i32, stride: usize): void {
  for (; rows > 0; rows--, data += stride) softmaxRow(data, width, 1.0);
}

export function sigmoid(data: usize, count: i32): void {
  sigmoidInPlace(data, count);
}

/** Normal numbers for a new model: numpy.random.seed(seed), then normal(0, deviation) as f32. */
export function seedWeights(seed: u32): void {
  seedNormal(seed);
}

export function fillNormal(data: usize, count: i32, deviation: f64): void {
  for (let end = data + (<usize>count << 2); data < end; data += 4) store<f32>(data, <f32>(nextNormal() * deviation));
}
