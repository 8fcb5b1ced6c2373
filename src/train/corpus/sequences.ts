// From a corpus to sequences of the model's length, without end.

import { HashformerError } from '../../errors.ts';
import { epochOrder } from '../data/batching.ts';
import type { Token } from '../objective/objective.ts';
import { pack } from './packing.ts';
import { type Passages, type Place, readInOrder } from './passages.ts';
import type { TokenReader } from './token-reader.ts';

/** Where a sequence begins: the epoch, the paragraph in its order, and which of its tokens. */
export interface CorpusPosition {
  readonly epoch: number;
  readonly place: Place;
  readonly token: number;
}

export interface PackedAt {
  readonly tokens: readonly Token[];
  readonly at: CorpusPosition;
  /** Where the next one begins. */
  readonly next: CorpusPosition;
  /** Passes over the corpus behind it, with a fraction. */
  readonly passes: number;
}

const START = { passage: 0, paragraph: 0 } as const;

/** Passages of a corpus, some of them kept out of training. */
export interface Division {
  readonly train: readonly number[];
  readonly held: readonly number[];
}

/** Sequences of some passages, in their order. */
export function packPassages(
  corpus: Passages,
  { cut, capacity }: Pick<TokenReader, 'cut' | 'capacity'>,
  order: readonly number[],
  from: Omit<CorpusPosition, 'epoch'> = { place: START, token: 0 },
) {
  async function* paragraphs() {
    for await (const { text, place } of readInOrder(corpus, order, from.place)) {
      yield { tokens: cut(text), place };
    }
  }
  return pack(paragraphs(), capacity, from.token);
}

/** The order in which an epoch goes through the passages that are trained on. */
export function orderOf({ train }: Division, seed: number, epoch: number): number[] {
  return [...epochOrder(train.length, seed, epoch)].map((i) => train[i]!);
}

/**
 * Packed sequences, epoch after epoch, from any position.
 *
 * @throws HashformerError `source`: there is not one token
 */
export async function* sequencesFrom(
  corpus: Passages,
  reader: Pick<TokenReader, 'cut' | 'capacity'>,
  division: Division,
  seed: number,
  from: CorpusPosition = { epoch: 0, place: START, token: 0 },
): AsyncGenerator<PackedAt, never> {
  let at = from;
  for (;;) {
    const { epoch } = at;
    const order = orderOf(division, seed, epoch);
    const begin = at;
    for await (const { tokens, next } of packPassages(corpus, reader, order, at)) {
      const then = next === null ? { epoch: epoch + 1, place: START, token: 0 } : { epoch, ...next };
      const passes = next === null ? epoch + 1 : epoch + next.place.passage / order.length;
      yield { tokens, at, next: then, passes };
      at = then;
    }
    if (at === begin) {
      throw new HashformerError('source', 'There is nothing to train on: the corpus has no tokens.');
    }
  }
}

/**
 * Keeps passages out of training, drawn by the seed: a share of them, but at most `most`, and none of a corpus of one.
 */
export function divide(passages: number, share: number, seed: number, most: number): Division {
  const order = [...epochOrder(passages, seed, -1)];
  const count = share === 0 ? 0 : Math.min(most, passages - 1, Math.max(1, Math.round(passages * share)));
  const held = new Set(order.slice(0, count));
  const all = order.map((_, i) => i);
  return { train: all.filter((i) => !held.has(i)), held: all.filter((i) => held.has(i)) };
}

/** Passages that are packed to find out how many sequences an epoch has. */
const SAMPLE = 512;

/** How many sequences an epoch has; of a large corpus, an estimate from some passages. */
export async function sequencesPerEpoch(
  corpus: Passages,
  reader: Pick<TokenReader, 'cut' | 'capacity'>,
  division: Division,
  seed: number,
): Promise<number> {
  const order = orderOf(division, seed, 0);
  const sample = order.slice(0, SAMPLE);
  let count = 0;
  for await (const _ of packPassages(corpus, reader, sample)) count++;
  return Math.round((count * order.length) / sample.length);
}
