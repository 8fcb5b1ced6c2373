import { HashformerError } from '../errors.ts';
import { checkInteger, checkOneOf } from '../model/arguments.ts';
import { readSource, type Source } from '../model/source.ts';
import type { DataPosition } from './batching.ts';
import { Crew } from './crew.ts';
import { balancedWeights } from './data/class-weights.ts';
import type { Columns } from './data/columns.ts';
import type { DatasetOptions } from './data/dataset.ts';
import { TASK_KINDS, type TaskKind } from './data/task.ts';
import { evaluate } from './evaluate.ts';
import { type DataSource, holdOut, loadData } from './examples.ts';
import { learnLabels, lengthsOf, stepsOver } from './labelled.ts';
import { Learner } from './learner.ts';
import { configFor } from './prepare.ts';
import { type Plan, type RunResult, run } from './run.ts';
import {
  type CompleteSettings,
  completeSettings,
  evaluationInterval,
  learnerOptions,
  type RunSettings,
} from './settings.ts';
import { PLANS, TASK_OF } from './task.ts';
import { checkNumber } from './trainer.ts';

export interface FinetuneOptions extends RunSettings {
  readonly model: Source;
  readonly task: TaskKind;
  readonly train: DataSource;
  /** What the best model is chosen on. */
  readonly dev?: DataSource;
  /** Without `dev`: a share of `train` that is kept out of training for that. */
  readonly holdOut?: number;
  readonly columns?: Partial<Columns>;
  /** How files are read, whatever their endings. */
  readonly format?: Pick<DatasetOptions, 'format' | 'delimiter' | 'quotes' | 'header' | 'skipUneven'>;
  /** Names of the labels; without them those of `train`. */
  readonly labels?: readonly string[];
  /** Passes over the training data; default 3. */
  readonly epochs?: number;
  /** `balanced`: all classes count alike in the loss (`classification`). */
  readonly classWeights?: 'balanced';
  /** What the best model is chosen by, of what evaluate() measures, or `loss`; default: the task's first. */
  readonly metric?: string;
}

/** A finished run, and its model. */
export interface FinetuneResult extends RunResult {
  /** Names of the labels, by index; none of a regression. */
  readonly labels: readonly string[];
  /** The model as training left it, in memory; the best one is in the folder. Dispose of it. */
  readonly model: Learner['model'];
}

/** The paper's fine-tuning: cosine with 5 hard restarts, 6% warm-up (HashFormers, appendix). */
export const FINETUNE_SCHEDULE = { kind: 'cosine-restarts', cycles: 5, warmup: 0.06 } as const;
const DEFAULTS = { batchSize: 32, learningRate: 5e-5, schedule: FINETUNE_SCHEDULE };

/** Metrics that are better when they are lower. */
const LOWER = ['loss', 'mse'];
const FIRST_METRIC: Record<TaskKind, string> = {
  classification: 'accuracy',
  regression: 'pearson',
  multilabel: 'f1_micro',
  token: 'accuracy',
};

/**
 * Trains a model on labelled texts: what `hashformer finetune` calls.
 *
 * @throws HashformerError `argument`, `source`: data that cannot be learnt from; `numeric`; or as HashFormer.load()
 */
export async function finetune(options: FinetuneOptions): Promise<FinetuneResult> {
  const { task, epochs = 3, metric = FIRST_METRIC[options.task], signal } = options;
  checkOneOf('The task', task, TASK_KINDS);
  checkInteger('The number of epochs', epochs, 1, 10_000);
  if (options.classWeights !== undefined && task !== 'classification') {
    throw new HashformerError('argument', 'Class weights need the task "classification".');
  }
  const settings = completeSettings(options, DEFAULTS);
  const data = await readData(options, settings);
  const stepsPerEpoch = Math.ceil(data.train.length / settings.batchSize);
  const steps = stepsPerEpoch * epochs;
  const config = describeRun(options, settings, { epochs, metric, labels: data.labels });

  const folder = await openFolder(options, config);
  const files = (await folder?.model()) ?? (await readSource(options.model, signal));
  const names = task === 'regression' ? undefined : data.labels;
  const heads = [PLANS[TASK_OF[task]].head];
  const given = learnerOptions(settings, options.tier, steps);
  const learner = await Learner.create(
    files,
    (before) => configFor(before, TASK_OF[task], names),
    heads,
    given,
  );
  const crew = await Crew.create(learner, heads, given, settings.workers);
  folder?.restore(crew);
  const { dev } = data;
  const lengths = lengthsOf(learner, data.train);
  const evaluateNow = () => evaluate(learner.model, task, dev, signal);
  const plan: Plan<DataPosition> = {
    run: 'finetune',
    steps,
    from: (position) => {
      const weights = options.classWeights && Float32Array.from(balancedWeights(data.counts));
      const learn = learnLabels(learner, TASK_OF[task], weights);
      return stepsOver(data.train, lengths, settings, learn, position);
    },
    ...(dev.length === 0
      ? {}
      : {
          evaluate: async () => {
            const { loss, metrics } = await evaluateNow();
            return { loss, metrics: { ...metrics, loss } };
          },
          evaluateFinally: async () => (await evaluateNow()).report,
          metric: { name: metric, higherIsBetter: !LOWER.includes(metric) },
        }),
    data: data.descriptions,
    notes: data.notes,
  };
  try {
    const evaluateEvery = evaluationInterval(options.evaluateEvery, stepsPerEpoch);
    const { onEvent, patience } = options;
    const result = await run(
      crew,
      plan,
      { seed: settings.seed, evaluateEvery, patience, onEvent, signal },
      config,
      folder,
    );
    return { ...result, labels: data.labels, model: learner.model };
  } catch (error) {
    learner.dispose();
    throw error;
  } finally {
    folder?.close();
    await crew.dismiss();
  }
}

async function readData(options: FinetuneOptions, { seed }: CompleteSettings) {
  const { task, columns, labels, signal, format } = options;
  const how = { ...format, task, columns, signal };
  const train = await loadData(options.train, { ...how, labels });
  const notes = [...train.notes];
  const descriptions = [`train: ${train.description}`];
  if (options.dev !== undefined) {
    const dev = await loadData(options.dev, {
      ...how,
      labels: task === 'regression' ? undefined : train.labels,
    });
    descriptions.push(`dev: ${dev.description}`);
    notes.push(...dev.notes);
    return {
      train: train.examples,
      dev: dev.examples,
      labels: train.labels,
      counts: train.counts,
      descriptions,
      notes,
    };
  }
  const { holdOut: share } = options;
  if (share === undefined) {
    notes.push('There are no dev data: no model is chosen as the best, and training does not stop early.');
    return {
      train: train.examples,
      dev: [],
      labels: train.labels,
      counts: train.counts,
      descriptions,
      notes,
    };
  }
  checkNumber('The share that is held out', share, (x) => x > 0 && x < 1, 'a number between 0 and 1');
  const [kept, held] = holdOut(train.examples, share, seed);
  descriptions.push(`dev: ${held.length.toLocaleString('en-US')} examples held out of train`);
  return { train: kept, dev: held, labels: train.labels, counts: train.counts, descriptions, notes };
}

/** Settings as a report shows them, and as a resumed run must have them. */
export function describeRun(
  options: RunSettings & { readonly model?: Source; readonly train?: DataSource; readonly dev?: DataSource },
  settings: CompleteSettings,
  more: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const name = (source: unknown) =>
    typeof source === 'string' || source instanceof URL ? String(source) : 'in memory';
  const given = Object.entries({ model: options.model, train: options.train, dev: options.dev });
  const sources = Object.fromEntries(
    given.filter(([, source]) => source !== undefined).map(([key, source]) => [key, name(source)]),
  );
  return { ...sources, ...more, ...settings };
}

/** The folder of a run that writes one. */
export async function openFolder<Position>(
  { out, resume = false }: RunSettings,
  config: Record<string, unknown>,
) {
  if (out === undefined) return undefined;
  const { RunFolder } = await import('./run-folder.ts');
  return RunFolder.open<Position>(out, resume, config);
}
