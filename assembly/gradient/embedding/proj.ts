import { BIT_TABLE_1 } from '../../abi';
import { BITS, BITS_ROW_BYTES, derivedRow } from '../../embedding/bits';
import { LEAST_NORM, standardize } from '../../embedding/proj';
import { dot, sum } from '../../kernel/sum';
import { hiddenSize } from '../../model';
import { tableAt } from '../../tensor';
import { gradientOf } from '../parameters';
import { bitGradient, bitLayerBackward } from './bits';

const gradients: usize = memory.data(512, 16);

/**
 * `proj`: with s = (w - mean(w)) / n, n the norm of w - mean(w), dw = (g - mean(g) - s · (g · s)) / n; a norm
 * that was taken as LEAST_NORM is a constant.
 */
export function projBackward(): void {
  bitLayerBackward();
  const weights = tableAt(BIT_TABLE_1, 0).data;
  for (let row = 0; row < hiddenSize; row++) {
    const weight = weights + <usize>row * BITS_ROW_BYTES;
    for (let bit = 0; bit < BITS; bit++) store<f32>(gradients + (<usize>bit << 2), bitGradient(row, bit));
    memory.copy(derivedRow, weight, BITS_ROW_BYTES);
    const norm = standardize(derivedRow);
    const mean = sum(gradients, BITS) / <f32>BITS;
    const along: f32 = norm > LEAST_NORM ? dot(gradients, derivedRow, BITS) : 0;
    const scale: f32 = <f32>1.0 / max<f32>(norm, LEAST_NORM);
    const out = gradientOf(weight);
    for (let i: usize = 0; i < BITS_ROW_BYTES; i += 4) {
      const slope = (load<f32>(gradients + i) - mean - load<f32>(derivedRow + i) * along) * scale;
      store<f32>(out + i, load<f32>(out + i) + slope);
    }
  }
}
