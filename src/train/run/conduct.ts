import type { Head } from '../../architecture/heads.ts';
import type { HashFormer } from '../../model/hashformer.ts';
import { Crew } from '../engine/crew.ts';
import type { Learner, LearnerOptions } from '../engine/learner.ts';
import { type CompleteSettings, evaluationInterval, type RunSettings } from '../settings.ts';
import { type Plan, type RunResult, run } from './run.ts';
import type { RunStore } from './run-store.ts';

/** A finished run, and its model. */
export interface Conducted extends RunResult {
  /** Steps of the whole run. */
  readonly plannedSteps: number;
  /** The metric that the best model was chosen by; null without dev data. */
  readonly metric: string | null;
  /** The model as training left it, in memory; the best one is in the folder. Dispose of it. */
  readonly model: HashFormer;
}

/** What a run is made with. */
export interface Undertaking<Position> {
  /** Given up where the run fails. */
  readonly learner: Learner;
  readonly heads: readonly Head[];
  /** What others of the crew learn with. */
  readonly how: LearnerOptions;
  readonly settings: CompleteSettings;
  readonly stepsPerEpoch: number;
  /** All settings, as the report shows them. */
  readonly config: object;
  readonly folder: RunStore<Position> | undefined;
  /** Made when the learner is where the last checkpoint was. */
  plan(): Plan<Position> | Promise<Plan<Position>>;
}

/**
 * Runs a plan and gives up what it held: threads always, the model where it failed.
 *
 * @throws HashformerError as run()
 */
export async function conduct<Position>(
  options: RunSettings,
  { learner, heads, how, settings, stepsPerEpoch, config, folder, plan: makePlan }: Undertaking<Position>,
): Promise<Conducted> {
  const { onEvent, patience, signal } = options;
  const { seed, workers } = settings;
  let crew: Crew | undefined;
  try {
    crew = await Crew.create(learner, heads, how, workers);
    folder?.restore(crew);
    const plan = await makePlan();
    const evaluateEvery = evaluationInterval(options.evaluateEvery, stepsPerEpoch);
    const result = await run(crew, plan, { seed, evaluateEvery, patience, onEvent, signal }, config, folder);
    return { ...result, plannedSteps: plan.steps, metric: plan.metric?.name ?? null, model: learner.model };
  } catch (error) {
    learner.dispose();
    throw error;
  } finally {
    await crew?.dismiss();
  }
}
