import type { Head } from '../../architecture/heads.ts';
import type { HashformerError } from '../../errors.ts';
import type { Tensor } from '../../tensor.ts';
import type { LearnerOptions, LearnerState } from './learner.ts';
import type { MicroBatch } from './micro-batch.ts';
import type { ParameterKind } from './training-module.ts';

/** What a worker is started with. */
export interface WorkerStart {
  readonly model: { config: object; weights: Uint8Array; tokenizer?: object };
  readonly heads: readonly Head[];
  readonly options: LearnerOptions & { readonly rank: number };
}

/** A restored part of an optimiser; weights are in the model already. */
export type Moments = Readonly<Record<string, Pick<Tensor, 'data'>>>;

/** To a worker. Gradients lie in `shared`: slot 0 has the sum, slot r what the worker of rank r computed. */
export type Order =
  | { readonly kind: 'share'; readonly shared: SharedArrayBuffer }
  | {
      readonly kind: 'restore';
      readonly state: LearnerState;
      readonly part: ParameterKind;
      readonly tensors: Moments;
    }
  | { readonly kind: 'compute'; readonly batches: readonly MicroBatch[] }
  | { readonly kind: 'update' };

/** From a worker: `ready` once, then one a batch. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'computed'; readonly losses: readonly number[] }
  | { readonly kind: 'failed'; readonly code: HashformerError['code']; readonly message: string };
