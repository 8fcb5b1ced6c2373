import { BIT_TABLE_1, BIT_TABLE_2, EMBEDDING_PROJECTION, F32 } from '../abi';
import { hiddenSize } from '../model';
import { linearAt, storeLinearRows, tableAt } from '../tensor';
import { BITS_ROW_BYTES, applyBitLayer, derivedRow, expandBits } from './bits';

/** 1 / sqrt(128) */
export const ADD_SCALE: f32 = 0.08838834764831845;

/**
 * `add`: (W1·b + W2·(1 - b)) / sqrt(128) (HashFormers, section 3.3) = (W1 - W2)/sqrt(128) · b + W2·1/sqrt(128),
 * a linear layer, made here of the stored tensors.
 */
export function deriveAdd(): void {
  const first = tableAt(BIT_TABLE_1, 0).data, second = tableAt(BIT_TABLE_2, 0).data;
  const bias = linearAt(EMBEDDING_PROJECTION, 0).bias;
  for (let row = 0; row < hiddenSize; row++) {
    const at = <usize>row * BITS_ROW_BYTES;
    let total: f32 = 0;
    for (let i: usize = 0; i < BITS_ROW_BYTES; i += 4) {
      const off = load<f32>(second + at + i);
      total += off;
      store<f32>(derivedRow + i, (load<f32>(first + at + i) - off) * ADD_SCALE);
    }
    store<f32>(bias + (<usize>row << 2), total * ADD_SCALE);
    storeLinearRows(EMBEDDING_PROJECTION, 0, 0, F32, row, 1, derivedRow);
  }
}

export function embedAdd(): void {
  expandBits();
  applyBitLayer();
}
