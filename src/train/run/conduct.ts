import type { HashFormer } from '../../model/hashformer.ts';
import type { Crew } from '../engine/crew.ts';
import { evaluationInterval, type RunSettings } from '../settings.ts';
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

/**
 * Runs a plan and gives up what it held: threads always, the model where it failed.
 *
 * @param seed of the settings, where the options may have none
 * @throws HashformerError as run()
 */
export async function conduct<Position>(
  crew: Crew,
  plan: Plan<Position>,
  options: RunSettings,
  seed: number,
  stepsPerEpoch: number,
  config: object,
  folder: RunStore<Position> | undefined,
): Promise<Conducted> {
  const { learner } = crew;
  const { onEvent, patience, signal } = options;
  try {
    const evaluateEvery = evaluationInterval(options.evaluateEvery, stepsPerEpoch);
    const result = await run(crew, plan, { seed, evaluateEvery, patience, onEvent, signal }, config, folder);
    return { ...result, plannedSteps: plan.steps, metric: plan.metric?.name ?? null, model: learner.model };
  } catch (error) {
    learner.dispose();
    throw error;
  } finally {
    await crew.dismiss();
  }
}
