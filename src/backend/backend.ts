import type { HashFormerConfig } from '../architecture/config.ts';
import type { Hasher } from '../architecture/hasher.ts';
import type { Output } from '../architecture/outputs.ts';
import type { Activation } from '../architecture/problem-types.ts';
import type { Weight } from '../architecture/tensor-spec.ts';
import type { Tier } from '../runtime/tier.ts';
import type { Exports } from '../wasm/exports.ts';
import type { PieceHasher } from './wasm-hasher.ts';

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

/** What a backend computes on. */
export interface Device {
  /** As its driver or its build calls it. */
  readonly name: string;
  /** Why it computes there and not where the caller asked for; null where it is what was asked for. */
  readonly reason: string | null;
}

/**
 * Computes for one model. The caller guarantees that the model has the parts an output needs, that calls begin one after
 * the other, and that at most `inFlight` of them are under way at once; a backend guarantees that
 *
 * - a sequence's result does not depend on the batch that it came in;
 * - results are dense float32 in row-major order, a copy that the caller owns;
 * - a result that is not finite is a HashformerError `numeric`, never NaN;
 * - a batch may be changed as soon as run() has returned, its promise settled or not;
 * - after dispose() it holds no memory, and runs that were under way fail with a HashformerError `disposed`;
 * - a device that is lost, or that fails, is a HashformerError `device`.
 */
export interface Backend {
  readonly device: Device;
  /** The wasm tier that computes; null where no wasm does. */
  readonly tier: Tier | null;
  /** Rows that it wants at a time, at least one sequence: fewer waste it, and it keeps memory for as many. */
  readonly batchRows: number;
  /**
   * Calls that may be under way at once: 1 where run() computes before it returns. A device that works beside the host
   * takes the next batch before the last one's result is read.
   */
  readonly inFlight: number;
  /** Rows and their width are what architecture/outputs.ts says of the output. */
  run(batch: Batch, output: Output): Float32Array | Promise<Float32Array>;
  /** What hashes the model's tokens, for those who ask. */
  hasher(): Hasher | Promise<Hasher>;
  /** Probabilities from logits, rows of `width` numbers, as the backend's own exponential gives them. */
  activate(kind: Activation, logits: Float32Array, width: number): Float32Array | Promise<Float32Array>;
  /** Bytes of memory that the backend holds, of its device and of the host. */
  readonly memoryBytes: number;
  dispose(): void;
}

/** What a backend is made of. */
export interface BackendParts {
  readonly config: HashFormerConfig;
  /** Checked against the configuration, but not for numbers that are not finite. */
  readonly weights: readonly Weight[];
  /** An instance of the inference module, which the backend owns from now on: it hashes whatever computes. */
  readonly wasm: Exports;
  readonly tier: Tier;
  /** What hashes tokens by their pieces, of models whose hash reads these. */
  readonly pieces: PieceHasher | undefined;
}

/** @throws HashformerError `weights` (numbers that are not finite), `memory`, `device` */
export type CreateBackend = (parts: BackendParts) => Backend | Promise<Backend>;
