// What pre-training makes of a sequence, and what a model learns of it. An objective is a plug-in: it says what stands
// in the place of each token, and what heads learn from that.

import type { HashFormerConfig } from '../../architecture/config.ts';
import type { Piece } from '../../tokenizer/vocabulary.ts';
import type { Goal } from '../engine/micro-batch.ts';
import type { Random } from '../numeric/random.ts';
import type { FinalEvaluation } from '../report/events.ts';

/** A token as its text, and with a vocabulary its id. */
export type Token = Piece;

/** Stand in a token's place: a random one, or <mask>. */
export const RANDOM = -1;
export const MASKED = -2;

/** A corrupted sequence in a batch. */
export interface Corrupted {
  readonly tokens: readonly Token[];
  /** What stands in each token's place: the token of that index, RANDOM or MASKED. */
  readonly places: Int32Array;
  /** The batch's row of the first token. */
  readonly row: number;
}

/** What a lesson knows of a batch. */
export interface CorruptedBatch {
  readonly sequences: readonly Corrupted[];
  /** All tokens, special ones too. */
  readonly rows: number;
  readonly config: HashFormerConfig;
  /** The 128 bits of a hidden token's hash. */
  signature(text: string): Uint8Array;
}

/** Adds up how well goals are met. */
export interface Score {
  add(goal: Goal, output: Float32Array): void;
  metrics(): Record<string, number>;
  report?(): Pick<FinalEvaluation, 'labels' | 'confusion'>;
}

/** What one head learns. */
export interface Lesson {
  readonly head: 'token' | 'signature';
  /** How many of a sequence's tokens count. */
  count(places: Int32Array): number;
  /** @param scale 1 / how many tokens count in the whole step */
  goal(batch: CorruptedBatch, scale: number): Goal;
  score(config: HashFormerConfig): Score;
  /** What is to be known of these goals, as the end of a sentence. */
  describe?(goals: readonly Goal[]): string;
}

export interface Objective {
  /** What stands in each of a sequence's places; see Corrupted. Special tokens are no part of it. */
  corrupt(count: number, random: Random): Int32Array;
  /** Their losses are added. */
  readonly lessons: readonly Lesson[];
}

/** Shares of a sequence's tokens. */
export interface Shares {
  readonly shuffled?: number;
  readonly random?: number;
  readonly masked?: number;
}

/**
 * Decides on each token by one number, so that no two shares overlap. A shuffled token comes from where a random cycle
 * through all places leads, so that none stays where it was; a sequence of one token has nothing to shuffle.
 */
export function corrupt(
  count: number,
  random: Random,
  { shuffled = 0, random: replaced = 0, masked = 0 }: Shares,
): Int32Array {
  const places = Int32Array.from({ length: count }, (_, i) => i);
  const sources = places.slice();
  if (shuffled > 0) {
    const cycle = random.permutation(count);
    for (const [i, place] of cycle.entries()) sources[place] = cycle[(i + 1) % count]!;
  }
  for (let i = 0; i < count; i++) {
    const chance = random.uniform();
    if (chance < shuffled) places[i] = sources[i]!;
    else if (chance < shuffled + replaced) places[i] = RANDOM;
    else if (chance < shuffled + replaced + masked) places[i] = MASKED;
  }
  return places;
}
