/**
 * What the module under test exports, in AssemblyScript: single kernels, as the inference and the training module inline
 * them, and what makes one callable that is only ever a part of another.
 */
export const ENTRY = `
import * as lane from './kernel/lane';
import { exp } from './kernel/exp';
import { readElement } from './kernel/convert';
import { gemm } from './kernel/gemm';
import { blocksOf, fillBlock, laneWord } from './hash/message';
import { LANES, md5Block } from './hash/md5';
import { nextNormal } from './hash/normal';
import { nextDouble } from './hash/mt19937';

export { stage } from './inference';
export { geluInPlace } from './kernel/gelu';
export { log } from './kernel/log';
export { probe } from './kernel/probe';
export { tanhInPlace } from './kernel/tanh';
export { transposeRows } from './kernel/transpose';
export { softmaxRow, sigmoidInPlace } from './kernel/softmax';
export { layerNorm } from './kernel/layer_norm';
export { geluKeeping, multiplyInPlace } from './gradient/gelu';
export { layerNormBackward, layerNormKeeping } from './gradient/layer_norm';
export { dropout, setDropout } from './gradient/dropout';
export { dot, sum, sumOfSquares } from './kernel/sum';
export { gemmInt8, packedInt8Bytes, quantizedRowBytes, storeInt8 } from './kernel/int8';
export { attend, setZeros } from './kernel/attention';
export { allFinite } from './kernel/convert';
export { beginXxh64, updateXxh64, xxh64 } from './hash/xxh64';
export { seedMt19937 } from './hash/mt19937';
export { seedNormal } from './hash/normal';
export { prepareKey, queueHash, flushHashes } from './hash/hmac';

export function expInPlace(data: usize, count: i32): void {
  for (let end = data + (<usize>count << 2); data < end; data += ASC_FEATURE_SIMD ? 16 : 4) {
    if (ASC_FEATURE_SIMD) v128.store(data, exp<v128>(v128.load(data)));
    else store<f32>(data, exp<f32>(load<f32>(data)));
  }
}

export function multiply(
  a: usize, aStride: usize, m: i32, k: i32, b: usize, panels: i32, bias: usize, c: usize, cStride: usize
): void {
  gemm(a, aStride, m, k, b, panels, bias, c, cStride, false);
}

export function decode(data: usize, count: i32, type: i32, out: usize): void {
  for (let i = 0; i < count; i++) store<f32>(out + (<usize>i << 2), readElement(data, i, type));
}

export function doubles(out: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<f64>(out + (<usize>i << 3), nextDouble());
}

export function normals(out: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<f64>(out + (<usize>i << 3), nextNormal());
}

/** Operation number \`op\` of lane.ts over \`count\` numbers (a multiple of 4) of a, b and c. */
export function lanes(op: i32, a: usize, b: usize, c: usize, out: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count << 2; i += ASC_FEATURE_SIMD ? 16 : 4) {
    if (ASC_FEATURE_SIMD) {
      v128.store(out + i, apply<v128>(op, a + i, v128.load(a + i), v128.load(b + i), v128.load(c + i)));
    } else {
      store<f32>(out + i, apply<f32>(op, a + i, load<f32>(a + i), load<f32>(b + i), load<f32>(c + i)));
    }
  }
}

function apply<T>(op: i32, table: usize, a: T, b: T, c: T): T {
  if (op == 0) return lane.add<T>(a, b);
  if (op == 1) return lane.sub<T>(a, b);
  if (op == 2) return lane.mul<T>(a, b);
  if (op == 3) return lane.div<T>(a, b);
  if (op == 4) return lane.least<T>(a, b);
  if (op == 5) return lane.greatest<T>(a, b);
  if (op == 6) return lane.magnitude<T>(a);
  if (op == 7) return lane.root<T>(a);
  if (op == 8) return lane.select<T>(a, b, c);
  if (op == 9) return lane.scaleByPowerOfTwo<T>(a, b);
  if (op == 10) return lane.splat<T>(<f32>1.5);
  return lane.constant<T>(table, 0);
}

const entries = memory.data(8 * 8, 16);
const block = memory.data(16 * 32, 16);
const state = memory.data(4 * 32, 16);

/** How many messages MD5 takes at a time. */
export function md5Lanes(): i32 {
  return LANES;
}

/** MD5 of as many messages as there are lanes, all of \`length\` bytes, one behind the other; so are the digests. */
export function md5(data: usize, length: usize, digests: usize): void {
  for (let lane = 0; lane < LANES; lane++) {
    store<usize>(entries + (<usize>lane << 3), data + <usize>lane * length);
    store<usize>(entries + (<usize>lane << 3), length, 4);
    store<u32>(laneWord(state, 0, lane), 0x67452301);
    store<u32>(laneWord(state, 1, lane), 0xefcdab89);
    store<u32>(laneWord(state, 2, lane), 0x98badcfe);
    store<u32>(laneWord(state, 3, lane), 0x10325476);
  }
  for (let i: usize = 0; i < blocksOf(length); i++) {
    fillBlock(entries, 8, i, 0, block);
    md5Block(block, state, state);
  }
  for (let lane = 0; lane < LANES; lane++) {
    for (let i: usize = 0; i < 4; i++) {
      store<u32>(digests + (<usize>lane << 4) + (i << 2), load<u32>(laneWord(state, i, lane)));
    }
  }
}
`;
