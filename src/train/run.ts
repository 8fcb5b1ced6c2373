// The loop that pre-training, fine-tuning and distillation share: steps, evaluations, checkpoints and what is told of
// them. What they differ in is a Plan.

import { throwIfAborted } from '../abort.ts';
import { HashformerError } from '../errors.ts';
import type { Crew } from './crew.ts';
import { EarlyStopping, type EarlyStoppingState } from './early-stopping.ts';
import type { LearnerState } from './learner.ts';
import type { MicroBatch } from './micro-batch.ts';
import type { EndEvent, FinalEvaluation, StartEvent, TrainingEvent } from './report/events.ts';
import type { RunFolder } from './run-folder.ts';

/** What is learnt in one step. */
export interface Step<Position> {
  /** Batches of each worker; their scales make the sum of all losses what is reported. */
  readonly shares: readonly (readonly MicroBatch[])[];
  readonly tokens: number;
  /** Passes over the data when the step is done, with a fraction. */
  readonly epoch: number;
  /** Where to go on after it. */
  readonly next: Position;
}

/** What a model does on the dev data. */
export interface Evaluation {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** What a run is made of, whatever it learns. */
export interface Plan<Position> {
  readonly run: StartEvent['run'];
  /** Steps of the whole run. */
  readonly steps: number;
  /** Step after step, from a position or from the start. */
  from(position: Position | undefined): AsyncIterable<Step<Position>>;
  /** Of the current weights; without it no model is the best. */
  readonly evaluate?: () => Promise<Evaluation>;
  /** What the report shows: of the model in this folder, the best one, or without it of the current weights. */
  readonly evaluateFinally?: (best: string | undefined) => Promise<FinalEvaluation>;
  /** The metric that the best model is chosen by. */
  readonly metric?: { readonly name: string; readonly higherIsBetter: boolean };
  /** For the event `start`. */
  readonly data: readonly string[];
  readonly notes: readonly string[];
}

export interface RunOptions {
  readonly seed: number;
  /** Steps between evaluations, which are when checkpoints are written. */
  readonly evaluateEvery: number;
  /** Evaluations without an improvement after which to stop; default: never. */
  readonly patience?: number | undefined;
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
  /** Aborted: the run saves what it has and ends. */
  readonly signal?: AbortSignal | undefined;
}

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

/** How a run ended. */
export interface RunResult {
  readonly reason: EndEvent['reason'];
  readonly steps: number;
  readonly seconds: number;
  /** The best value of the plan's metric, null without evaluations. */
  readonly best: number | null;
  /** The last evaluation. */
  readonly evaluation: Evaluation | null;
  /** What the report shows; null without dev data, or where the run was stopped before. */
  readonly final: FinalEvaluation | null;
}

/** Milliseconds of computing after which other tasks may run. */
const YIELD_AFTER = 50;

/**
 * Trains until the plan's steps are done, the metric stops getting better, or the signal is aborted.
 *
 * @param folder where checkpoints and the report go; without one nothing is written
 * @param config all settings, as the report shows them
 * @throws HashformerError `numeric`, `memory`, `source`: the checkpoint before is kept
 */
export async function run<Position>(
  crew: Crew,
  plan: Plan<Position>,
  options: RunOptions,
  config: object,
  folder?: RunFolder<Position>,
): Promise<RunResult> {
  const { learner } = crew;
  const { signal } = options;
  const resumed = folder?.resumed;
  const stopping = new EarlyStopping(
    {
      patience: options.patience ?? Number.POSITIVE_INFINITY,
      higherIsBetter: plan.metric?.higherIsBetter ?? false,
    },
    resumed?.stopping,
  );
  const before = resumed?.seconds ?? 0;
  let began = Date.now();
  let paused = 0;
  const seconds = () => before + (Date.now() - began - paused) / 1000;
  let position = resumed?.position;
  let evaluation: Evaluation | null = null;
  let unevaluated = resumed?.unevaluated;
  let saved = learner.state.step;
  let reason: EndEvent['reason'] = 'finished';

  const tell = async (event: TrainingEvent) => {
    await folder?.append(event);
    options.onEvent?.(event);
  };
  const save = async (kind: 'last' | 'best') => {
    if (folder === undefined) return;
    const state = {
      learner: learner.state,
      position: position!,
      stopping: stopping.state,
      seconds: seconds(),
      ...(unevaluated === undefined ? {} : { unevaluated }),
    };
    const target = await folder.save(kind, learner, state);
    if (kind === 'last') saved = learner.state.step;
    await tell({ type: 'checkpoint', step: learner.state.step, folder: target, kind });
  };
  /** True when the run is to stop. */
  const evaluate = async (epoch: number): Promise<boolean> => {
    if (plan.evaluate === undefined || plan.metric === undefined) return false;
    const start = Date.now();
    unevaluated = epoch;
    evaluation = await plan.evaluate();
    unevaluated = undefined;
    const { improved, stop } = stopping.update(evaluation.metrics[plan.metric.name] ?? evaluation.loss);
    await tell({ type: 'evaluation', step: learner.state.step, epoch, ...evaluation, best: improved });
    if (improved) await save('best');
    paused += Date.now() - start;
    return stop;
  };
  const end = (): Omit<RunResult, 'reason' | 'final'> => ({
    steps: learner.state.step,
    seconds: seconds(),
    best: stopping.state.best,
    evaluation,
  });

  await tell({
    type: 'start',
    run: plan.run,
    config,
    steps: plan.steps,
    parameters: learner.parameterCount,
    workers: crew.size,
    tier: learner.model.tier!,
    seed: options.seed,
    data: plan.data,
    ...(plan.metric === undefined ? {} : { bestMetric: plan.metric.name }),
    notes: plan.notes,
  });
  began = Date.now();
  let final: FinalEvaluation | null = null;
  try {
    if (unevaluated !== undefined) {
      await evaluate(unevaluated);
      await save('last');
    }
    let yielded = Date.now();
    let measured = seconds();
    if (learner.state.step < plan.steps && stopping.exhausted) reason = 'stopped early';
    else if (learner.state.step < plan.steps) {
      for await (const step of plan.from(position)) {
        throwIfAborted(signal);
        const { loss, learningRate, gradientNorm } = await crew.step(step.shares);
        position = step.next;
        const now = seconds();
        await tell({
          type: 'step',
          step: learner.state.step,
          epoch: step.epoch,
          loss,
          learningRate,
          gradientNorm,
          tokens: step.tokens,
          tokensPerSecond: step.tokens / Math.max(now - measured, 1e-9),
          seconds: now,
        });
        const done = learner.state.step >= plan.steps;
        if (done || learner.state.step % options.evaluateEvery === 0) {
          const stop = await evaluate(step.epoch);
          if (stop && !done) reason = 'stopped early';
          await save('last');
          if (stop || done) break;
        }
        measured = seconds();
        if (Date.now() - yielded > YIELD_AFTER) {
          await new Promise((resolve) => setTimeout(resolve));
          yielded = Date.now();
        }
        throwIfAborted(signal);
      }
    }
    if (plan.evaluateFinally !== undefined) {
      const { best, waited } = stopping.state;
      final = await plan.evaluateFinally(best === null || waited === 0 ? undefined : folder?.pathOf('best'));
      await folder?.evaluated(final);
    }
  } catch (error) {
    const interrupted = error instanceof HashformerError && error.code === 'aborted';
    const message = (error as Error).message;
    if (interrupted && learner.state.step > saved) await save('last');
    await tell({
      type: 'end',
      reason: interrupted ? 'interrupted' : 'failed',
      step: learner.state.step,
      seconds: seconds(),
      ...(interrupted ? {} : { message }),
    }).catch(() => undefined);
    if (!interrupted) throw error;
    return { reason: 'interrupted', ...end(), final };
  }
  await tell({ type: 'end', reason, step: learner.state.step, seconds: seconds() });
  return { reason, ...end(), final };
}
