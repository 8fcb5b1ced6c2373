import type { Pooling } from '../architecture/config.ts';
import type { Tier } from '../runtime/tier.ts';
import type { Hasher } from './hasher.ts';

/**
 * Sequences of different lengths, one after the other without padding. Row `t` of every result belongs to
 * `ids[t]`; sequence `i` owns rows `starts[i]` to `starts[i + 1]` (exclusive) and is never empty.
 */
export interface Batch {
  /** Ids of special tokens (0-4), ORDINARY (-1) for the next of `tokens`; of `vocab`, ids of the vocabulary. */
  readonly ids: Int32Array;
  readonly starts: Uint32Array;
  /** Ordinary tokens of all sequences, lower-cased, in order; none holds white space. Of `vocab`, none at all. */
  readonly tokens: readonly string[];
  /** The token type of each row. */
  readonly types: Int32Array;
}

/** What run() computes from a batch. Layer 0 is the embedding layer. */
export type Output =
  | { readonly kind: 'hidden'; readonly layer: number }
  | {
      readonly kind: 'pooled';
      readonly layer: number;
      readonly pooling: Pooling;
      readonly normalize: boolean;
    }
  | { readonly kind: 'sentences'; readonly pooling: Pooling; readonly normalize: boolean }
  | { readonly kind: 'logits' }
  | { readonly kind: 'token-logits' };

/**
 * Computes for one model. The caller guarantees that calls do not overlap and that the model has the parts an
 * output needs; a backend guarantees that
 *
 * - a sequence's result does not depend on the batch that it came in;
 * - results are dense float32 in row-major order, a copy that the caller owns;
 * - a result that is not finite is a HashformerError `numeric`, never NaN;
 * - after dispose() it holds no memory.
 *
 * A backend on another device may answer with a promise.
 */
export interface Backend {
  readonly name: 'wasm' | 'reference';
  /** The wasm tier that computes; null where no wasm does. */
  readonly tier: Tier | null;
  /** Shapes: hidden [rows, hidden size], pooled and sentences [sequences, size], logits [sequences, labels],
   * token-logits [rows, 3]. */
  run(batch: Batch, output: Output): Float32Array | Promise<Float32Array>;
  /** What hashes the model's tokens; see hashes.ts for what they hash to. */
  readonly hasher: Hasher;
  /** Probabilities from logits, row by row, as the backend's own exponential gives them. */
  activate(kind: 'softmax' | 'sigmoid', logits: Float32Array, width: number): Float32Array;
  /** Bytes of memory that the backend holds. */
  readonly memoryBytes: number;
  dispose(): void;
}
