// Masked hash-signature modelling: which bits does a hidden token hash to? Like masked language modelling, without a
// vocabulary to choose from.

import { HASH_BITS } from '../../../assembly/abi.ts';
import type { Goal } from '../engine/micro-batch.ts';
import { figure } from '../report/words.ts';
import { type CorruptedBatch, corrupt, type Lesson, MASKED, type Objective } from './objective.ts';

/** A code's bits, most significant first, as numbers. */
function bitsOf(code: Uint8Array): number[] {
  return Array.from({ length: HASH_BITS }, (_, i) => (code[i >> 3]! >> (7 - (i & 7))) & 1);
}

function goal({ sequences, signature }: CorruptedBatch, scale: number): Goal {
  const rows: number[] = [];
  const targets: number[] = [];
  for (const { tokens, places, row } of sequences) {
    for (const [i, place] of places.entries()) {
      if (place !== MASKED) continue;
      rows.push(row + i);
      targets.push(...bitsOf(signature(tokens[i]!.text)));
    }
  }
  return {
    head: 'signature',
    loss: 'binary-cross-entropy',
    targets: Float32Array.from(targets),
    rows: Uint32Array.from(rows),
    scale,
  };
}

function score() {
  let tokens = 0;
  let bits = 0;
  let whole = 0;
  return {
    add({ targets }: Goal, output: Float32Array) {
      for (let at = 0; at < targets.length; at += HASH_BITS) {
        let right = 0;
        for (let i = at; i < at + HASH_BITS; i++) right += output[i]! > 0 === targets[i]! > 0.5 ? 1 : 0;
        bits += right;
        whole += right === HASH_BITS ? 1 : 0;
        tokens++;
      }
    },
    metrics: () => ({
      bit_accuracy: bits / Math.max(tokens * HASH_BITS, 1),
      signature_accuracy: whole / Math.max(tokens, 1),
    }),
  };
}

/** What always guessing each bit's commoner value gets right: frequent tokens make it more than a half. */
function describe(goals: readonly Goal[]): string {
  const ones = new Float64Array(HASH_BITS);
  let tokens = 0;
  for (const { head, targets } of goals) {
    if (head !== 'signature') continue;
    for (const [i, bit] of targets.entries()) ones[i % HASH_BITS]! += bit;
    tokens += targets.length / HASH_BITS;
  }
  const right = ones.reduce((sum, count) => sum + Math.max(count, tokens - count), 0);
  return `; guessing each bit's commoner value has a bit accuracy of ${figure(right / (tokens * HASH_BITS))}`;
}

/** The hash bits of each masked token. */
export const hiddenBits: Lesson = {
  head: 'signature',
  count: (places) => places.filter((place) => place === MASKED).length,
  goal,
  score,
  describe,
};

export const SHARES = { masked: 0.15 } as const;

export const signature: Objective = {
  corrupt: (count, random) => corrupt(count, random, SHARES),
  lessons: [hiddenBits],
};
