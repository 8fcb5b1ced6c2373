// Where a run is kept, and what of it, whatever it is written to.

import type { ModelFiles } from '../../model/model-files.ts';
import type { Learner, LearnerState } from '../engine/learner.ts';
import type { FinalEvaluation, TrainingEvent } from '../report/events.ts';
import type { CheckpointKind } from './checkpoint.ts';
import type { EarlyStoppingState } from './early-stopping.ts';

/** What a checkpoint keeps beside tensors. */
export interface RunState<Position> {
  readonly learner: LearnerState;
  readonly position: Position;
  readonly stopping: EarlyStoppingState;
  /** Of training so far. */
  readonly seconds: number;
  /** The epoch, with a fraction, where the run was stopped in the middle of an evaluation: it is to come. */
  readonly unevaluated?: number;
}

/** Keeps a run, which has it to itself until close(). */
export interface RunStore<Position> {
  /** Where a stopped run goes on; undefined where it begins. */
  readonly resumed: RunState<Position> | undefined;
  /**
   * Says what must be the same when the run goes on.
   *
   * @throws HashformerError `argument`: it has begun with other options
   */
  setOptions(options: Readonly<Record<string, unknown>>): void;
  /** The folder of a checkpoint. */
  pathOf(kind: CheckpointKind): string;
  /** The model of the last checkpoint; undefined where the run begins. */
  model(): Promise<ModelFiles | undefined>;
  /** Sets the optimisers of whoever has loaded model() to where the last checkpoint was. */
  restore(learner: Pick<Learner, 'restore'>): void;
  /** @throws HashformerError `source` */
  append(event: TrainingEvent): Promise<void>;
  evaluated(evaluation: FinalEvaluation): Promise<void>;
  /** Writes a checkpoint, whole or not at all; returns its folder. */
  save(kind: CheckpointKind, learner: Learner, state: RunState<Position>): Promise<string>;
  close(): Promise<void>;
}
