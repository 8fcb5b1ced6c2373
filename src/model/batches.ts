import type { Batch } from '../backend/backend.ts';
import type { Sequence } from '../tokenizer/tokenizer.ts';

/** The row at which each sequence begins, and behind them how many rows there are. */
export function startsOf(sequences: readonly Pick<Sequence, 'ids'>[]): Uint32Array {
  const starts = new Uint32Array(sequences.length + 1);
  for (const [i, sequence] of sequences.entries()) starts[i + 1] = starts[i]! + sequence.ids.length;
  return starts;
}

/** Sequences as one ragged batch. */
export function toBatch(sequences: readonly Pick<Sequence, 'ids' | 'types' | 'tokens'>[]): Batch {
  const starts = startsOf(sequences);
  const ids = new Int32Array(starts[sequences.length]!);
  const types = new Int32Array(ids.length);
  for (const [i, sequence] of sequences.entries()) {
    ids.set(sequence.ids, starts[i]);
    types.set(sequence.types ?? [], starts[i]);
  }
  return { ids, starts, types, tokens: sequences.flatMap(({ tokens }) => tokens) };
}

/**
 * Cuts a list of sequences into batches of at most `rows` rows and `most` sequences (at least one each), in
 * their order. Results do not depend on where the cuts are.
 */
export function* batches(sequences: readonly Sequence[], rows: number, most: number): Generator<Sequence[]> {
  let batch: Sequence[] = [];
  let filled = 0;
  for (const sequence of sequences) {
    if (batch.length > 0 && (filled + sequence.ids.length > rows || batch.length >= most)) {
      yield batch;
      batch = [];
      filled = 0;
    }
    batch.push(sequence);
    filled += sequence.ids.length;
  }
  if (batch.length > 0) yield batch;
}
