import type { Numbers } from '../numbers.ts';
import { f32 } from './f32.ts';
import { sum, sumOfSquares } from './sum.ts';

/** Layer normalisation (Ba, Kiros & Hinton 2016) of a row in place. */
export function layerNorm(row: Numbers, weight: Numbers, bias: Numbers, epsilon: number): void {
  const size = row.length;
  const mean = f32(sum(row, size) / size);
  for (let i = 0; i < size; i++) row[i] = f32(row[i]! - mean);
  const variance = f32(sumOfSquares(row, size) / size);
  // Numbers whose squares overflow would all become 0: NaN tells.
  const scale =
    variance < Number.POSITIVE_INFINITY ? f32(1 / f32(Math.sqrt(f32(variance + epsilon)))) : Number.NaN;
  for (let i = 0; i < size; i++) row[i] = f32(f32(f32(row[i]! * scale) * weight[i]!) + bias[i]!);
}

/** row += residual, and LayerNorm of that. */
export function addAndNorm(
  row: Numbers,
  residual: Numbers,
  weight: Numbers,
  bias: Numbers,
  epsilon: number,
): void {
  for (let i = 0; i < row.length; i++) row[i] = f32(row[i]! + residual[i]!);
  layerNorm(row, weight, bias, epsilon);
}
