import { HashformerError } from '../../errors.ts';
import { Random } from '../numeric/random.ts';

/** Batches that are sorted by length together. */
const BUCKET = 50;

export interface BatchOptions {
  readonly seed: number;
  /** The most sequences of a batch. */
  readonly sequences?: number;
  /** The most tokens of a batch; a longer sequence is a batch of its own. */
  readonly tokens?: number;
}

/** Where a run is in its data: the epoch, from 0, and how many of its batches were taken. */
export interface DataPosition {
  readonly epoch: number;
  readonly position: number;
}

/** The order of an epoch: every index once, shuffled by seed and epoch. */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  return new Random(seed).fork(`order of epoch ${epoch}`).permutation(count);
}

/** Cuts a list, in its order, into runs that stay within both limits. */
function cut(
  indices: readonly number[],
  lengths: ArrayLike<number>,
  sequences: number,
  tokens: number,
): number[][] {
  const runs: number[][] = [];
  let run: number[] = [];
  let total = 0;
  for (const index of indices) {
    const length = lengths[index]!;
    if (run.length > 0 && (run.length >= sequences || total + length > tokens)) {
      runs.push(run);
      run = [];
      total = 0;
    }
    run.push(index);
    total += length;
  }
  if (run.length > 0) runs.push(run);
  return runs;
}

/**
 * The batches of an epoch. Examples of about one length come together: the shuffled order is cut into pieces of some
 * 50 batches, each is sorted by length and cut into batches, and all batches are shuffled.
 *
 * @param lengths tokens of every example
 * @returns indices of examples; each is in exactly one batch
 */
export function epochBatches(
  lengths: ArrayLike<number>,
  { seed, sequences = Number.POSITIVE_INFINITY, tokens = Number.POSITIVE_INFINITY }: BatchOptions,
  epoch: number,
): number[][] {
  const order = [...epochOrder(lengths.length, seed, epoch)];
  const batches = cut(order, lengths, BUCKET * sequences, BUCKET * tokens).flatMap((piece) =>
    cut(
      piece.sort((a, b) => lengths[a]! - lengths[b]!),
      lengths,
      sequences,
      tokens,
    ),
  );
  return new Random(seed).fork(`batches of epoch ${epoch}`).shuffle(batches);
}

/**
 * Batches without end, epoch after epoch, from any position: what came before it is not read again.
 *
 * @yields a batch, and the position to go on from when it has been trained on
 * @throws HashformerError `argument`: there are no examples
 */
export function* batchesFrom(
  lengths: ArrayLike<number>,
  options: BatchOptions,
  { epoch, position }: DataPosition = { epoch: 0, position: 0 },
): Generator<{ batch: number[]; epoch: number; next: DataPosition }, never> {
  if (lengths.length === 0) {
    throw new HashformerError('argument', 'There is nothing to train on: the data has no examples.');
  }
  let start = position;
  for (let current = epoch; ; current++) {
    const batches = epochBatches(lengths, options, current);
    for (let i = start; i < batches.length; i++) {
      const last = i + 1 === batches.length;
      const next = last ? { epoch: current + 1, position: 0 } : { epoch: current, position: i + 1 };
      yield { batch: batches[i]!, epoch: current, next };
    }
    start = 0;
  }
}

/**
 * Splits a batch over workers so that each has about as many tokens: the longest first, each to whoever has least.
 *
 * @returns a list a worker, in the order of the batch; empty where there are more workers than sequences
 */
export function splitOverWorkers(
  batch: readonly number[],
  lengths: ArrayLike<number>,
  workers: number,
): number[][] {
  const places = batch.map((_, place) => place);
  places.sort((a, b) => lengths[batch[b]!]! - lengths[batch[a]!]! || a - b);
  const shares = Array.from({ length: workers }, () => ({ tokens: 0, places: [] as number[] }));
  for (const place of places) {
    const least = shares.reduce((best, share) => (share.tokens < best.tokens ? share : best));
    least.places.push(place);
    least.tokens += lengths[batch[place]!]!;
  }
  return shares.map((share) => share.places.sort((a, b) => a - b).map((place) => batch[place]!));
}

/** Cuts a batch into parts of at most `tokens` tokens, whose gradients add up; a longer sequence is one of its own. */
export function microBatches(
  batch: readonly number[],
  lengths: ArrayLike<number>,
  tokens: number,
): number[][] {
  return cut(batch, lengths, Number.POSITIVE_INFINITY, tokens);
}
