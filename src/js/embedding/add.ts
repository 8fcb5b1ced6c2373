import { f32 } from '../kernel/f32.ts';
import { floats, type Numbers } from '../numbers.ts';
import type { ModelWeights } from '../weights.ts';
import { applyBitLayer, BITS, expandBits } from './bits.ts';
import type { Embed } from './embedding.ts';

/** 1 / sqrt(128) */
const ADD_SCALE = f32(0.08838834764831845);

/**
 * `add`: (W1·b + W2·(1 - b)) / sqrt(128) (HashFormers, section 3.3) = (W1 - W2)/sqrt(128) · b + W2·1/sqrt(128), a layer
 * over the bits.
 */
export function embedAdd(weights: ModelWeights): Embed {
  const ones = weights.matrix('embedding.ones');
  const zeros = weights.matrix('embedding.zeros');
  const bias = floats(ones.length);
  const rows = ones.map((one, j): Numbers => {
    let total = 0;
    const row = floats(BITS);
    for (let i = 0; i < BITS; i++) {
      const off = zeros[j]![i]!;
      total = f32(total + off);
      row[i] = f32(f32(one[i]! - off) * ADD_SCALE);
    }
    bias[j] = f32(total * ADD_SCALE);
    return row;
  });
  return (_, code, out) => applyBitLayer(expandBits(code), rows, bias, out);
}
