import type { Activation } from '../../architecture/problem-types.ts';
import type { Numbers } from '../numbers.ts';
import { exp } from './exp.ts';
import { f32 } from './f32.ts';
import { sum } from './sum.ts';

/** softmax(scale · row) of `count` ≥ 1 float32 in place. */
export function softmax(row: Numbers, count: number, scale: number): void {
  let largest = row[0]!;
  for (let i = 1; i < count; i++) if (largest < row[i]!) largest = row[i]!;
  largest = f32(largest * scale);
  for (let i = 0; i < count; i++) row[i] = exp(f32(f32(row[i]! * scale) - largest));
  const reciprocal = f32(1 / sum(row, count));
  for (let i = 0; i < count; i++) row[i] = f32(row[i]! * reciprocal);
}

/** 1 / (1 + e^-x) of a float32. */
function sigmoid(x: number): number {
  return f32(1 / f32(1 + exp(-x)));
}

/** What makes probabilities of a row of logits, in place. */
export const ACTIVATE = {
  softmax: (row) => softmax(row, row.length, 1),
  sigmoid: (row) => {
    for (let i = 0; i < row.length; i++) row[i] = sigmoid(row[i]!);
  },
} as const satisfies Record<Activation, (row: Numbers) => void>;
