import { HASH_BITS } from '../../../assembly/abi.ts';
import { f32 } from '../kernel/f32.ts';
import { sum, sumOfSquares } from '../kernel/sum.ts';
import type { Numbers } from '../numbers.ts';
import { applyBitLayer, bitsOfTokens } from './bits.ts';
import type { CreateEmbed } from './embed.ts';

/** A norm is taken as at least this, so that a vector of equal numbers correlates with nothing. */
const LEAST_NORM = f32(1e-8);

/** Centres 128 numbers and divides them by their L2 norm: a dot product of two such is their correlation. */
function standardize(row: Numbers): Numbers {
  const mean = f32(sum(row, HASH_BITS) / HASH_BITS);
  for (let i = 0; i < HASH_BITS; i++) row[i] = f32(row[i]! - mean);
  const norm = f32(Math.sqrt(sumOfSquares(row, HASH_BITS)));
  const scale = norm < Number.POSITIVE_INFINITY ? f32(1 / Math.max(norm, LEAST_NORM)) : Number.NaN;
  for (let i = 0; i < HASH_BITS; i++) row[i] = f32(row[i]! * scale);
  return row;
}

/** `proj`: the Pearson correlation of the bits with each row of W (HashFormers, section 3.3). */
export const embedProj: CreateEmbed = (weights, hasher) => {
  const rows = weights.matrix('embedding.projection').map(standardize);
  return bitsOfTokens(hasher, (bits, out) => applyBitLayer(standardize(bits), rows, null, out));
};
