import { BIT_TABLE_1, BIT_TABLE_2, EMBEDDING_PROJECTION, F32 } from '../abi';
import { hiddenSize } from '../model';
import { linearAt, storeLinearRows, tableAt } from '../tensor';
import { BITS, BITS_ROW_BYTES, applyBitLayer, createBitLayer, expandBits } from './bits';

/** 1 / sqrt(128) */
const SCALE: f32 = 0.08838834764831845;

/**
 * `add`: (W1·b + W2·(1 - b)) / sqrt(128) (HashFormers, section 3.3) = (W1 - W2)/sqrt(128) · b + W2·1/sqrt(128),
 * a linear layer, made here. It takes the place of W1 in memory only: what is saved are the stored tensors.
 */
export function prepareAdd(): bool {
  if (!createBitLayer()) return false;
  const first = tableAt(BIT_TABLE_1, 0), second = tableAt(BIT_TABLE_2, 0);
  const bias = linearAt(EMBEDDING_PROJECTION, 0).bias;
  for (let row = 0; row < hiddenSize; row++) {
    const at = (<usize>row * BITS) << 2;
    let total: f32 = 0;
    for (let i: usize = 0; i < BITS_ROW_BYTES; i += 4) {
      const off = load<f32>(second.data + at + i);
      total += off;
      store<f32>(first.data + at + i, (load<f32>(first.data + at + i) - off) * SCALE);
    }
    store<f32>(bias + (<usize>row << 2), total * SCALE);
  }
  storeLinearRows(EMBEDDING_PROJECTION, 0, 0, F32, 0, hiddenSize, first.data);
  return true;
}

export function embedAdd(): void {
  expandBits();
  applyBitLayer();
}
