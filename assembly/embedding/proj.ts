import { BIT_TABLE_1, EMBEDDING_PROJECTION, F32 } from '../abi';
import { features, rowCount } from '../batch';
import { sum, sumOfSquares } from '../kernel/sum';
import { hiddenSize } from '../model';
import { storeLinearRows, tableAt } from '../tensor';
import { BITS, BITS_ROW_BYTES, applyBitLayer, derivedRow, expandBits } from './bits';

/** A norm is taken as at least this, so that a vector of equal numbers correlates with nothing. */
export const LEAST_NORM: f32 = 1e-8;

/**
 * Centres a row of 128 numbers and divides it by its L2 norm: a dot product of two such is their correlation. A row
 * whose squares overflow becomes NaN, not 0. Returns the norm.
 */
export function standardize(row: usize): f32 {
  const mean = sum(row, BITS) / <f32>BITS;
  for (let i: usize = 0; i < BITS_ROW_BYTES; i += 4) store<f32>(row + i, load<f32>(row + i) - mean);
  const norm = sqrt<f32>(sumOfSquares(row, BITS));
  const scale: f32 = norm < Infinity ? <f32>1.0 / max<f32>(norm, LEAST_NORM) : NaN;
  for (let i: usize = 0; i < BITS_ROW_BYTES; i += 4) store<f32>(row + i, load<f32>(row + i) * scale);
  return norm;
}

/** `proj`: the Pearson correlation of the bits with each row of W (HashFormers, section 3.3). */
export function deriveProj(): void {
  const weights = tableAt(BIT_TABLE_1, 0).data;
  for (let row = 0; row < hiddenSize; row++) {
    memory.copy(derivedRow, weights + <usize>row * BITS_ROW_BYTES, BITS_ROW_BYTES);
    standardize(derivedRow);
    storeLinearRows(EMBEDDING_PROJECTION, 0, 0, F32, row, 1, derivedRow);
  }
}

/** Writes one row of standardised bits a token to `features`. */
export function expandStandardBits(): void {
  expandBits();
  for (let t = 0; t < rowCount; t++) standardize(features + <usize>t * BITS_ROW_BYTES);
}

export function embedProj(): void {
  expandStandardBits();
  applyBitLayer();
}
