// What all kinds of runs can be told.

import { place } from '#place';
import type { HashFormerConfig } from '../architecture/config.ts';
import { checkInteger, checkNumber, namesOf } from '../arguments.ts';
import type { Tier } from '../runtime/tier.ts';
import { type AdamWOptions, checkOptimizer } from './engine/adamw.ts';
import type { LearnerOptions } from './engine/learner.ts';
import { type Course, checkCourse } from './engine/schedule.ts';
import type { TrainingEvent } from './report/events.ts';

export interface RunSettings {
  /** The folder of the run: checkpoints `last` and `best`, metrics.jsonl, report.html. Without it nothing is written. */
  readonly out?: string;
  /** Go on from the folder's last checkpoint. */
  readonly resume?: boolean;
  /** Of fresh weights, the order of examples and dropout; default 0. */
  readonly seed?: number;
  /** Threads that compute together; the result depends on their number. Default 1. */
  readonly workers?: number;
  readonly tier?: Tier;
  /** Examples of a step. */
  readonly batchSize?: number;
  readonly optimizer?: Partial<AdamWOptions>;
  /** How the learning rate goes; its steps are those of the run. */
  readonly schedule?: Course;
  /** Largest L2 norm of all gradients together; default 1. */
  readonly clipNorm?: number;
  /** Share of numbers that are dropped; default 0.1. */
  readonly dropout?: number;
  readonly recompute?: boolean;
  /** Steps between evaluations and checkpoints; default: ten an epoch, at least 50. */
  readonly evaluateEvery?: number;
  /** Evaluations without an improvement after which to stop; default: never. */
  readonly patience?: number;
  readonly onEvent?: (event: TrainingEvent) => void;
  /** Aborted: the run saves what it has and ends. */
  readonly signal?: AbortSignal;
}

export const RUN_SETTINGS = namesOf<RunSettings>({
  out: true,
  resume: true,
  seed: true,
  workers: true,
  tier: true,
  batchSize: true,
  optimizer: true,
  schedule: true,
  clipNorm: true,
  dropout: true,
  recompute: true,
  evaluateEvery: true,
  patience: true,
  onEvent: true,
  signal: true,
});

/** Settings with their defaults. */
export interface CompleteSettings {
  readonly seed: number;
  readonly workers: number;
  readonly batchSize: number;
  readonly optimizer: AdamWOptions;
  readonly schedule: Course;
  readonly clipNorm: number;
  readonly dropout: number;
  readonly recompute: boolean;
}

/** Defaults that runs differ in. */
export interface Defaults {
  readonly batchSize: number;
  readonly learningRate: number;
  readonly schedule: Course;
}

const MOST_WORKERS = 256;

/**
 * Checks settings and completes them.
 *
 * @throws HashformerError `argument`
 */
export function completeSettings(given: RunSettings, defaults: Defaults): CompleteSettings {
  const { seed = 0, workers = 1, clipNorm = 1, dropout = 0.1, recompute = false } = given;
  const { batchSize = defaults.batchSize, patience, evaluateEvery } = given;
  checkInteger('The seed', seed, 0, 2 ** 32 - 1);
  checkInteger('The number of workers', workers, 1, MOST_WORKERS);
  place.check({ out: given.out, workers });
  checkInteger('The batch size', batchSize, 1, 2 ** 20);
  if (patience !== undefined) checkInteger('The patience', patience, 1, 2 ** 31);
  if (evaluateEvery !== undefined) checkInteger('The steps between evaluations', evaluateEvery, 1, 2 ** 31);
  checkNumber('The dropout', dropout, (x) => x >= 0 && x < 1, 'a number from 0 to below 1');
  checkNumber('The largest norm of gradients', clipNorm, (x) => x > 0, 'a number above 0');
  const schedule = given.schedule === undefined ? defaults.schedule : checkCourse(given.schedule);
  const optimizer = checkOptimizer({ learningRate: defaults.learningRate, ...given.optimizer });
  return { seed, workers, batchSize, optimizer, schedule, clipNorm, dropout, recompute };
}

/**
 * Checks how long a text may be, where that is given.
 *
 * @throws HashformerError `argument`: too short for special tokens, or longer than the model has positions
 */
export function checkMaxLength(
  what: string,
  maxLength: number | undefined,
  { max_position_embeddings: positions, first_position: first }: HashFormerConfig,
): void {
  if (maxLength !== undefined) checkInteger(what, maxLength, 4, positions - first);
}

export function learnerOptions(
  settings: CompleteSettings,
  tier: Tier | undefined,
  steps: number,
): LearnerOptions {
  const { seed, dropout, optimizer, schedule, clipNorm, recompute } = settings;
  return { tier, seed, dropout, optimizer, schedule: { ...schedule, steps }, clipNorm, recompute };
}

/** Steps between evaluations where nothing is said of them. */
export function evaluationInterval(given: number | undefined, stepsPerEpoch: number): number {
  return given ?? Math.max(50, Math.ceil(stepsPerEpoch / 10));
}
