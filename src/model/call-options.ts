import type { Pooling } from '../architecture/config.ts';
import type { TierChoice } from '../runtime/tier.ts';
import type { Layout } from './layout.ts';
import type { WeightDType } from './quantize.ts';

export interface LoadOptions {
  /** `wasm` (default), or `reference`: float64, slow, the oracle. */
  backend?: 'wasm' | 'reference';
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

export interface EncodeOptions extends RunOptions {
  /** `none` (default): hidden states of every attended token; else one vector a text. */
  pooling?: 'none' | Pooling;
  /** Divide pooled vectors by their L2 norm. */
  normalize?: boolean;
  /** 0 for the embedding layer; default the last layer. */
  layer?: number;
}

export interface SentenceOptions extends RunOptions {
  /** In place of config.json's. */
  pooling?: Pooling;
  normalize?: boolean;
}
