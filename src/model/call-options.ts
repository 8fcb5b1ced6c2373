import type { WeightDType } from '../architecture/dtypes.ts';
import type { BackendName } from '../backend/backends.ts';
import type { TierChoice } from '../runtime/tier.ts';
import type { EncodeFields, SentenceFields } from './calls.ts';
import type { Layout } from './layout.ts';

export interface LoadOptions {
  /** `wasm` (default), or `reference`: float64, slow, the oracle. */
  backend?: BackendName;
  /** Default: simd, or scalar on engines without SIMD. `fastest`: the faster one of these two, measured. */
  tier?: TierChoice;
  signal?: AbortSignal;
}

export interface SaveOptions {
  /** Names of the tensors. Default: as they were loaded. */
  layout?: Layout;
  /** Type of the tensors. Default: as they were loaded. */
  dtype?: WeightDType;
}

export interface RunOptions {
  /** Checked between batches. */
  signal?: AbortSignal;
  /** Most texts computed at once; the result does not depend on it. */
  batchSize?: number;
}

export interface EncodeOptions extends RunOptions, EncodeFields {}

export interface SentenceOptions extends RunOptions, SentenceFields {}
