import * as abi from '../../../assembly/abi.ts';
import type { Head } from '../../architecture/heads.ts';
import type { Batch } from '../../backend/backend.ts';

/** Losses, as the module numbers them. */
export const LOSSES = {
  'cross-entropy': abi.CROSS_ENTROPY,
  'soft-cross-entropy': abi.SOFT_CROSS_ENTROPY,
  'binary-cross-entropy': abi.BINARY_CROSS_ENTROPY,
  'squared-error': abi.SQUARED_ERROR,
  'centred-squared-error': abi.CENTRED_SQUARED_ERROR,
  cosine: abi.COSINE,
} as const;

export type LossKind = keyof typeof LOSSES;

/** What one head learns from a batch. */
export interface Goal {
  readonly head: Head;
  readonly loss: LossKind;
  /**
   * `cross-entropy`: a label a row, IGNORED_LABEL where none counts. Else as many numbers a row as the head puts out.
   * Rows are sequences for `classification` and `sentence`, else tokens, or those of `rows`.
   */
  readonly targets: Int32Array | Float32Array;
  /** Rows of the batch that the `signature` head reads. */
  readonly rows?: Uint32Array;
  /** What each row's loss counts for: the gradient is that of scale · Σ loss. */
  readonly scale: number;
  /** A weight a label (`cross-entropy`). */
  readonly labelWeights?: Float32Array;
  /** `soft-cross-entropy` only. */
  readonly temperature?: number;
}

/** What stands in the place of some tokens' hashes: of ordinary token `index` of the batch. */
export type Replacement =
  | { readonly index: number; readonly code: Uint8Array }
  | { readonly index: number; readonly bucket: number }
  | { readonly index: number; readonly features: Uint32Array };

/** Sequences that are computed together, and what is learnt from them: what workers are sent. */
export interface MicroBatch {
  readonly batch: Batch;
  readonly goals: readonly Goal[];
  readonly replacements?: readonly Replacement[] | undefined;
}
