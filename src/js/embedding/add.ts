import { HASH_BITS } from '../../../assembly/abi.ts';
import { f32 } from '../kernel/f32.ts';
import { floats, type Numbers } from '../numbers.ts';
import { applyBitLayer, bitsOfTokens } from './bits.ts';
import type { CreateEmbed } from './embed.ts';

/** 1 / sqrt(128) */
const ADD_SCALE = f32(0.08838834764831845);

/**
 * `add`: (W1·b + W2·(1 - b)) / sqrt(128) (HashFormers, section 3.3) = (W1 - W2)/sqrt(128) · b + W2·1/sqrt(128), a layer
 * over the bits.
 */
export const embedAdd: CreateEmbed = (weights, hasher) => {
  const ones = weights.matrix('embedding.ones');
  const zeros = weights.matrix('embedding.zeros');
  const bias = floats(ones.length);
  const rows = ones.map((one, j): Numbers => {
    let total = 0;
    const row = floats(HASH_BITS);
    for (let i = 0; i < HASH_BITS; i++) {
      const off = zeros[j]![i]!;
      total = f32(total + off);
      row[i] = f32(f32(one[i]! - off) * ADD_SCALE);
    }
    bias[j] = f32(total * ADD_SCALE);
    return row;
  });
  return bitsOfTokens(hasher, (bits, out) => applyBitLayer(bits, rows, bias, out));
};
