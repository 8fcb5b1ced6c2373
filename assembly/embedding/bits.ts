// What `add` and `proj` share: the 128 bits of each token as a row of a matrix, and a matrix over bits as a
// linear layer.

import { CODES, EMBEDDING_PROJECTION, ORDINARY, ROWS } from '../abi';
import { features, hidden, region, rowCount } from '../batch';
import { gemm } from '../kernel/gemm';
import { createLinear, linearAt, outputStride } from '../tensor';
import { hiddenSize } from '../model';

export const BITS: i32 = 128;
export const BITS_ROW_BYTES: usize = 512;

/** Room for a row of the layer over bits while it is made. */
export const derivedRow: usize = memory.data(512, 16);

/** The layer over bits, made when the model is complete. */
export function createBitLayer(): bool {
  return createLinear(EMBEDDING_PROJECTION, 0, 1, hiddenSize, BITS, 0, 0, false);
}

/** Writes one row of 0 and 1 (f32) a token to `features`; special tokens have no bit set. */
export function expandBits(): void {
  let code = region(CODES);
  for (let t = 0, out = features; t < rowCount; t++, out += BITS_ROW_BYTES) {
    if (load<i32>(region(ROWS) + (<usize>t << 2)) != ORDINARY) {
      memory.fill(out, 0, BITS_ROW_BYTES);
      continue;
    }
    for (let i = 0; i < BITS; i++) {
      const bit = (load<u8>(code + (<usize>i >> 3)) >> <u8>(7 - (i & 7))) & 1;
      store<f32>(out + (<usize>i << 2), <f32>bit);
    }
    code += 16;
  }
}

/**
 * hidden = features through the layer over bits. It is f32 in every model, so multiply and add are never fused: on
 * an int8 model the relaxed tier then equals the plain one bit for bit.
 */
export function applyBitLayer(): void {
  const layer = linearAt(EMBEDDING_PROJECTION, 0);
  const outBytes = <usize>outputStride(layer) << 2;
  gemm(features, BITS_ROW_BYTES, rowCount, BITS, layer.weights, layer.panels, layer.bias, hidden, outBytes, false);
}
