// From hidden states to what the caller asked for.

import type { Pooling } from '../architecture/poolings.ts';
import { f32 } from './kernel/f32.ts';
import { sumOfSquares } from './kernel/sum.ts';
import { tanh } from './kernel/tanh.ts';
import { floats, type Numbers } from './numbers.ts';
import type { Linear, ModelWeights } from './weights.ts';

/** Below this a vector is not scaled up, as in PyTorch's normalize. */
const LEAST_NORM = f32(1e-12);

/** Number `i` of the pooled states of all tokens, special ones included. */
const POOL = {
  cls: (hidden, i) => hidden[0]![i]!,
  mean: (hidden, i) => {
    let value = hidden[0]![i]!;
    for (let t = 1; t < hidden.length; t++) value = f32(value + hidden[t]![i]!);
    return f32(value * f32(1 / hidden.length));
  },
  max: (hidden, i) => {
    let value = hidden[0]![i]!;
    for (let t = 1; t < hidden.length; t++) if (hidden[t]![i]! > value) value = hidden[t]![i]!;
    return value;
  },
} as const satisfies Record<Pooling, (hidden: readonly Numbers[], i: number) => number>;

/** One row of the states of all tokens. */
export function pool(hidden: readonly Numbers[], pooling: Pooling): Numbers {
  const width = hidden[0]!.length;
  const result = floats(width);
  for (let i = 0; i < width; i++) result[i] = POOL[pooling](hidden, i);
  return result;
}

/** Divides a row by its L2 norm, in place; a row whose squares overflow becomes NaN, not 0. */
export function normalize(row: Numbers): Numbers {
  const norm = f32(Math.sqrt(sumOfSquares(row, row.length)));
  const scale = norm < Number.POSITIVE_INFINITY ? f32(1 / Math.max(norm, LEAST_NORM)) : Number.NaN;
  for (let i = 0; i < row.length; i++) row[i] = f32(row[i]! * scale);
  return row;
}

/** What a linear layer makes of one row. */
export function project(linear: Linear, row: Numbers): Numbers {
  const out = floats(linear.outputs);
  linear.apply([row], [out]);
  return out;
}

/** The reference's classification head: dense, tanh, out_proj, of the hidden state of <s>. */
export function classificationHead(weights: ModelWeights): (hidden: readonly Numbers[]) => Numbers {
  const dense = weights.linear(['classifier.dense']);
  const output = weights.linear(['classifier.output']);
  return (hidden) => {
    const state = project(dense, hidden[0]!);
    for (let i = 0; i < state.length; i++) state[i] = tanh(state[i]!);
    return project(output, state);
  };
}
