/** Where a run's files lie in its folder. */
export const METRICS_FILE = 'metrics.jsonl';
export const EVALUATION_FILE = 'evaluation.json';
export const REPORT_FILE = 'report.html';

/** A run begins, or goes on after it was stopped: then there is one such event more. */
export interface StartEvent {
  readonly type: 'start';
  readonly run: 'pretrain' | 'finetune' | 'distill';
  /** All settings, as they can be written in JSON. */
  readonly config: object;
  /** How many steps the whole run is to have. */
  readonly steps: number;
  /** Numbers that are trained. */
  readonly parameters: number;
  readonly workers: number;
  readonly tier: string;
  readonly seed?: number;
  /** The data in words, one line a part: "train: 67,349 rows of train.csv". */
  readonly data?: readonly string[];
  /** The metric of evaluations that `best` goes by; without it, their first. */
  readonly bestMetric?: string;
  /** What the reader must know, a sentence each: partial sets, classes out of balance, skipped rows. */
  readonly notes: readonly string[];
}

/** One update of the parameters. */
export interface StepEvent {
  readonly type: 'step';
  /** From 1. */
  readonly step: number;
  /** Passes over the training data so far, with a fraction. */
  readonly epoch: number;
  readonly loss: number;
  readonly learningRate: number;
  /** L2 norm of all gradients before clipping. */
  readonly gradientNorm: number;
  /** In this step, of all workers. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** Of training since the run's first step; pauses between a stop and going on are left out. */
  readonly seconds: number;
}

/** A pass over the dev data. */
export interface EvaluationEvent {
  readonly type: 'evaluation';
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Better than all before. */
  readonly best: boolean;
}

export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly step: number;
  readonly folder: string;
  readonly kind: 'best' | 'last';
}

export interface EndEvent {
  readonly type: 'end';
  readonly reason: 'finished' | 'stopped early' | 'interrupted' | 'failed';
  readonly step: number;
  readonly seconds: number;
  /** Why, where the reason does not say all. */
  readonly message?: string;
}

/** What a training run tells its listeners and writes to metrics.jsonl, one a line. */
export type TrainingEvent = StartEvent | StepEvent | EvaluationEvent | CheckpointEvent | EndEvent;

/** An example that the model was wrong about. */
export interface WrongExample {
  readonly text: string;
  readonly pair?: string;
  readonly gold: string;
  readonly predicted: string;
  /** Probability of `predicted`; NaN where there is none, as in regression. */
  readonly confidence: number;
  readonly loss: number;
}

/** What the model that a run ends with does on the dev data. */
export interface FinalEvaluation {
  readonly labels: readonly string[];
  /** How often a gold label (row) was predicted as a label (column); only in classification. */
  readonly confusion?: readonly (readonly number[])[];
  readonly metrics: Readonly<Record<string, number>>;
  /** By loss, the largest first. */
  readonly worst: readonly WrongExample[];
}
