import { BIT_TABLE_1, BIT_TABLE_2, EMBEDDING_PROJECTION } from '../../abi';
import { ADD_SCALE } from '../../embedding/add';
import { BITS } from '../../embedding/bits';
import { hiddenSize } from '../../model';
import { linearAt, tableAt } from '../../tensor';
import { gradientOf } from '../parameters';
import { bitGradient, bitLayerBackward } from './bits';

/** `add`: the layer over bits is (W1 - W2)/sqrt(128) with the bias W2·1/sqrt(128); see deriveAdd(). */
export function addBackward(): void {
  bitLayerBackward();
  const bias = gradientOf(linearAt(EMBEDDING_PROJECTION, 0).bias);
  let first = gradientOf(tableAt(BIT_TABLE_1, 0).data), second = gradientOf(tableAt(BIT_TABLE_2, 0).data);
  for (let row = 0; row < hiddenSize; row++) {
    const all = load<f32>(bias + (<usize>row << 2));
    for (let bit = 0; bit < BITS; bit++, first += 4, second += 4) {
      const on = bitGradient(row, bit);
      store<f32>(first, load<f32>(first) + on * ADD_SCALE);
      store<f32>(second, load<f32>(second) + (all - on) * ADD_SCALE);
    }
  }
}
