// The loop that pre-training, fine-tuning and distillation share: steps, evaluations, checkpoints and what is told of
// them. What they differ in is a Plan.

import { throwIfAborted } from '../../abort.ts';
import { HashformerError } from '../../errors.ts';
import type { Crew } from '../engine/crew.ts';
import type { MicroBatch } from '../engine/micro-batch.ts';
import type { EndEvent, FinalEvaluation, StartEvent, TrainingEvent } from '../report/events.ts';
import { EarlyStopping } from './early-stopping.ts';
import type { RunStore } from './run-store.ts';

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

/** One run, from its first step here to its end. */
class Run<Position> {
  readonly #crew: Crew;
  readonly #plan: Plan<Position>;
  readonly #options: RunOptions;
  readonly #folder: RunStore<Position> | undefined;
  readonly #stopping: EarlyStopping;
  /** Seconds of training before this process. */
  readonly #before: number;
  #began = Date.now();
  /** Milliseconds of evaluating. */
  #paused = 0;
  #position: Position | undefined;
  #evaluation: Evaluation | null = null;
  #unevaluated: number | undefined;
  #final: FinalEvaluation | null = null;
  /** Seconds at the end of the last step. */
  #measured: number;
  /** Step of the last checkpoint. */
  #saved: number;

  constructor(crew: Crew, plan: Plan<Position>, options: RunOptions, folder: RunStore<Position> | undefined) {
    const resumed = folder?.resumed;
    const { patience = Number.POSITIVE_INFINITY } = options;
    const { higherIsBetter = false } = plan.metric ?? {};
    this.#crew = crew;
    this.#plan = plan;
    this.#options = options;
    this.#folder = folder;
    this.#stopping = new EarlyStopping({ patience, higherIsBetter }, resumed?.stopping);
    this.#before = resumed?.seconds ?? 0;
    this.#position = resumed?.position;
    this.#unevaluated = resumed?.unevaluated;
    this.#measured = this.#before;
    this.#saved = this.#step;
  }

  /** Updates made so far. */
  get #step(): number {
    return this.#crew.learner.state.step;
  }

  get #seconds(): number {
    return this.#before + (Date.now() - this.#began - this.#paused) / 1000;
  }

  async go(config: object): Promise<RunResult> {
    await this.#start(config);
    try {
      const reason = await this.#train();
      await this.#conclude();
      await this.#tell({ type: 'end', reason, step: this.#step, seconds: this.#seconds });
      return this.#result(reason);
    } catch (error) {
      if (!(error instanceof HashformerError && error.code === 'aborted')) {
        await this.#tellFailure(error as Error);
        throw error;
      }
      if (this.#step > this.#saved) await this.#save('last');
      await this.#tell({ type: 'end', reason: 'interrupted', step: this.#step, seconds: this.#seconds });
      return this.#result('interrupted');
    }
  }

  async #start(config: object): Promise<void> {
    const { learner, size } = this.#crew;
    const { run, steps, data, metric, notes } = this.#plan;
    await this.#tell({
      ...{ type: 'start', run, config, steps, workers: size, data, notes },
      parameters: learner.parameterCount,
      tier: learner.model.tier!,
      seed: this.#options.seed,
      ...(metric === undefined ? {} : { bestMetric: metric.name }),
    });
    this.#began = Date.now();
  }

  /** Step after step; gives why it ended. */
  async #train(): Promise<EndEvent['reason']> {
    const { signal, evaluateEvery } = this.#options;
    if (this.#unevaluated !== undefined) {
      await this.#evaluate(this.#unevaluated);
      await this.#save('last');
    }
    if (this.#step >= this.#plan.steps) return 'finished';
    if (this.#stopping.exhausted) return 'stopped early';
    let yielded = Date.now();
    for await (const step of this.#plan.from(this.#position)) {
      throwIfAborted(signal);
      await this.#learn(step);
      const done = this.#step >= this.#plan.steps;
      if (done || this.#step % evaluateEvery === 0) {
        const stop = await this.#evaluate(step.epoch);
        await this.#save('last');
        if (done) return 'finished';
        if (stop) return 'stopped early';
      }
      if (Date.now() - yielded > YIELD_AFTER) {
        await new Promise((resolve) => setTimeout(resolve));
        yielded = Date.now();
      }
    }
    return 'finished';
  }

  async #learn({ shares, tokens, epoch, next }: Step<Position>): Promise<void> {
    const { loss, learningRate, gradientNorm } = await this.#crew.step(shares);
    this.#position = next;
    const seconds = this.#seconds;
    const tokensPerSecond = tokens / Math.max(seconds - this.#measured, 1e-9);
    this.#measured = seconds;
    await this.#tell({
      ...{ type: 'step', step: this.#step, epoch, loss, learningRate, gradientNorm },
      ...{ tokens, tokensPerSecond, seconds },
    });
  }

  /** True when the metric has not got better for long enough. */
  async #evaluate(epoch: number): Promise<boolean> {
    const { evaluate, metric } = this.#plan;
    if (evaluate === undefined || metric === undefined) return false;
    const start = Date.now();
    this.#unevaluated = epoch;
    this.#evaluation = await evaluate();
    this.#unevaluated = undefined;
    const { metrics, loss } = this.#evaluation;
    const { improved, stop } = this.#stopping.update(metrics[metric.name] ?? loss);
    await this.#tell({ type: 'evaluation', step: this.#step, epoch, ...this.#evaluation, best: improved });
    if (improved) await this.#save('best');
    this.#paused += Date.now() - start;
    return stop;
  }

  async #save(kind: 'last' | 'best'): Promise<void> {
    if (this.#folder === undefined) return;
    const { learner } = this.#crew;
    const folder = await this.#folder.save(kind, learner, {
      learner: learner.state,
      position: this.#position!,
      stopping: this.#stopping.state,
      seconds: this.#seconds,
      ...(this.#unevaluated === undefined ? {} : { unevaluated: this.#unevaluated }),
    });
    if (kind === 'last') this.#saved = this.#step;
    await this.#tell({ type: 'checkpoint', step: this.#step, folder, kind });
  }

  /** What the report shows of the best model, which the current one may be. */
  async #conclude(): Promise<void> {
    const { evaluateFinally } = this.#plan;
    if (evaluateFinally === undefined) return;
    const { best, waited } = this.#stopping.state;
    const isCurrent = best === null || waited === 0;
    this.#final = await evaluateFinally(isCurrent ? undefined : this.#folder?.pathOf('best'));
    await this.#folder?.evaluated(this.#final);
  }

  async #tell(event: TrainingEvent): Promise<void> {
    await this.#folder?.append(event);
    this.#options.onEvent?.(event);
  }

  /** What failed is what the caller is to hear of, whether or not this can be written. */
  async #tellFailure({ message }: Error): Promise<void> {
    const { type, reason } = { type: 'end', reason: 'failed' } as const;
    const told = this.#tell({ type, reason, step: this.#step, seconds: this.#seconds, message });
    await told.catch(() => undefined);
  }

  #result(reason: EndEvent['reason']): RunResult {
    return {
      reason,
      steps: this.#step,
      seconds: this.#seconds,
      best: this.#stopping.state.best,
      evaluation: this.#evaluation,
      final: this.#final,
    };
  }
}

/**
 * Trains until the plan's steps are done, the metric stops getting better, or the signal is aborted.
 *
 * @param config all settings, as the report shows them
 * @param folder where checkpoints and the report go; without one nothing is written
 * @throws HashformerError `numeric`, `memory`, `source`: the checkpoint before is kept
 */
export function run<Position>(
  crew: Crew,
  plan: Plan<Position>,
  options: RunOptions,
  config: object,
  folder?: RunStore<Position>,
): Promise<RunResult> {
  return new Run(crew, plan, options, folder).go(config);
}
