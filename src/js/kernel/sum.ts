// Sums of one row in the order of assembly/kernel/sum.ts: element i is added to partial sum i mod 4, and then the four
// pairwise.

import type { Numbers } from '../numbers.ts';
import { f32 } from './f32.ts';

/** Sum of `count` float32. */
export function sum(row: Numbers, count: number): number {
  const partial = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) partial[i & 3] = f32(partial[i & 3]! + row[i]!);
  return pairwise(partial);
}

/** Sum of the squares of `count` float32. */
export function sumOfSquares(row: Numbers, count: number): number {
  const partial = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) partial[i & 3] = f32(partial[i & 3]! + f32(row[i]! * row[i]!));
  return pairwise(partial);
}

function pairwise(partial: readonly number[]): number {
  return f32(f32(partial[0]! + partial[1]!) + f32(partial[2]! + partial[3]!));
}
