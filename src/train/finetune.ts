import { throwIfAborted } from '../abort.ts';
import { checkInteger, checkNumber, checkOneOf, checkOptions, namesOf } from '../arguments.ts';
import { HashformerError } from '../errors.ts';
import { readModel } from '../model/create.ts';
import { readSource, type Source } from '../model/source.ts';
import type { DataPosition } from './data/batching.ts';
import { balancedWeights } from './data/class-weights.ts';
import { checkDataOptions } from './data/data-options.ts';
import type { FileFormat } from './data/dataset.ts';
import { holdOut } from './data/hold-out.ts';
import { checkLabelNames } from './data/label-index.ts';
import type { Columns } from './data/labelled-columns.ts';
import { type DataSource, loadData } from './data/labelled-data.ts';
import { checkTask, type Task, type TaskName } from './data/task.ts';
import { Learner } from './engine/learner.ts';
import { learnLabels, lengthsOf, stepsOver } from './labelled.ts';
import { type DevMetric, HIGHER_IS_BETTER, METRICS } from './metric/measure.ts';
import { configForTask } from './prepare.ts';
import { defaultLearningRate } from './presets.ts';
import { type Conducted, conduct } from './run/conduct.ts';
import { describeRun } from './run/describe-run.ts';
import { checkMetric, evaluateBest, evaluateDev } from './run/dev-evaluation.ts';
import { inRun } from './run/in-run.ts';
import type { Plan } from './run/run.ts';
import type { RunStore } from './run/run-store.ts';
import {
  type CompleteSettings,
  checkMaxLength,
  completeSettings,
  learnerOptions,
  RUN_SETTINGS,
  type RunSettings,
} from './settings.ts';
import { PLANS } from './task.ts';

export interface FinetuneOptions extends RunSettings {
  readonly model: Source;
  /** What reports call it; default: its path or address. */
  readonly modelName?: string;
  readonly task: TaskName;
  readonly train: DataSource;
  /** What the best model is chosen on. */
  readonly dev?: DataSource;
  /** Without `dev`: a share of `train` that is kept out of training for that. */
  readonly holdOut?: number;
  readonly columns?: Partial<Columns>;
  /** How files are read, whatever their endings. */
  readonly format?: FileFormat;
  /** Names of the labels; without them those of `train`. */
  readonly labels?: readonly string[];
  /** Passes over the training data; default 3. */
  readonly epochs?: number;
  /** `balanced`: all classes count alike in the loss (`text-classification`). */
  readonly classWeights?: 'balanced';
  /** What the best model is chosen by, of what evaluate() measures, or `loss`; default: the task's first. */
  readonly metric?: string;
  /** Most tokens that the model reads of a text, special ones included; default: the model's. */
  readonly maxLength?: number;
  /** What the report is to say besides. */
  readonly notes?: readonly string[];
}

const OPTIONS = [
  ...RUN_SETTINGS,
  ...namesOf<Omit<FinetuneOptions, keyof RunSettings>>({
    model: true,
    modelName: true,
    task: true,
    train: true,
    dev: true,
    holdOut: true,
    columns: true,
    format: true,
    labels: true,
    epochs: true,
    classWeights: true,
    metric: true,
    maxLength: true,
    notes: true,
  }),
];

/** A finished run, and its model. */
export interface FinetuneResult extends Conducted {
  /** Names of the labels, by index; none of a regression. */
  readonly labels: readonly string[];
}

/** The paper's fine-tuning: cosine with 5 hard restarts, 6% warm-up (HashFormers, appendix). */
export const FINETUNE_SCHEDULE = { kind: 'cosine-restarts', cycles: 5, warmup: 0.06 } as const;
/** Where the model does not matter; the learning rate goes by its width. */
const DEFAULTS = { batchSize: 32, learningRate: defaultLearningRate(768), schedule: FINETUNE_SCHEDULE };

/** Options under the names of today. */
type Given = FinetuneOptions & { readonly task: Task };

/** What is wrong with the options, as far as they can tell without model and data. */
function checkGiven(options: Given): void {
  const { task, epochs = 3, metric, classWeights, holdOut: share, labels } = options;
  checkInteger('The number of epochs', epochs, 1, 10_000);
  if (metric !== undefined) checkOneOf('The metric', metric, [...METRICS[task], 'loss']);
  if (classWeights !== undefined && task !== 'text-classification') {
    throw new HashformerError('argument', 'Class weights need the task "text-classification".');
  }
  if (labels !== undefined && task === 'regression') {
    throw new HashformerError('argument', 'A regression has no labels.');
  }
  if (labels !== undefined) checkLabelNames(labels);
  if (share !== undefined) {
    checkNumber('The share that is held out', share, (x) => x > 0 && x < 1, 'a number between 0 and 1');
  }
  checkDataOptions(options);
  completeSettings(options, DEFAULTS);
}

/**
 * Trains a model on labelled texts: what `hashformer finetune` calls.
 *
 * @throws HashformerError `argument`, `source`: data that cannot be learnt from; `numeric`; or as HashFormer.load()
 */
export async function finetune(options: FinetuneOptions): Promise<FinetuneResult> {
  const chosen = checkOptions<FinetuneOptions>(options, OPTIONS);
  const given = { ...chosen, task: checkTask('The task', chosen.task) };
  checkGiven(given);
  return inRun<DataPosition, FinetuneResult>(given, (folder) => finetuneIn(folder, given));
}

async function finetuneIn(
  folder: RunStore<DataPosition> | undefined,
  options: Given,
): Promise<FinetuneResult> {
  const { task, epochs = 3, metric = METRICS[task][0], maxLength, signal } = options;
  const files = (await folder?.model()) ?? (await readSource(options.model, signal));
  const { config: before } = await readModel(files);
  checkMaxLength('The most tokens of a text', maxLength, before);
  const learningRate = defaultLearningRate(before.hidden_size);
  const settings = completeSettings(options, { ...DEFAULTS, learningRate });
  const data = await readData(options, settings);
  checkMetric(metric, task, data.labels);
  const stepsPerEpoch = Math.ceil(data.train.length / settings.batchSize);
  const steps = stepsPerEpoch * epochs;
  const { modelName = options.model, train, dev: devSource } = options;
  const config = describeRun({ model: modelName, train, dev: devSource }, settings, {
    ...{ task, epochs, metric, labels: data.labels, examples: data.train.length, maxLength },
    ...{ holdOut: options.holdOut, classWeights: options.classWeights, columns: options.columns },
    tier: options.tier,
  });
  folder?.setOptions(config);
  const names = task === 'regression' ? undefined : data.labels;
  const heads = [PLANS[task].head];
  const how = learnerOptions(settings, options.tier, steps);
  const learner = await Learner.create(
    files,
    (given) => ({
      ...configForTask(given, task, names),
      ...(maxLength === undefined ? {} : { max_length: maxLength }),
    }),
    heads,
    how,
  );
  const { dev } = data;
  const plan = (): Plan<DataPosition> => {
    const lengths = lengthsOf(learner, data.train);
    return {
      run: 'finetune',
      steps,
      from: (position) => {
        const weights = options.classWeights && Float32Array.from(balancedWeights(data.counts));
        const learn = learnLabels(learner, task, weights);
        return stepsOver(data.train, lengths, settings, learn, position);
      },
      ...(dev.length === 0
        ? {}
        : {
            evaluate: () => evaluateDev(learner.model, task, dev, metric, signal),
            evaluateFinally: (best) => evaluateBest(best, learner, task, dev, signal),
            metric: { name: metric, higherIsBetter: HIGHER_IS_BETTER[metric as DevMetric] },
          }),
      data: data.descriptions,
      notes: data.notes,
    };
  };
  const undertaking = { learner, heads, how, settings, stepsPerEpoch, config, folder, plan };
  return { ...(await conduct(options, undertaking)), labels: data.labels };
}

/** Training and dev data, and what is to be said of them. */
async function readData(options: Given, { seed }: CompleteSettings) {
  const { task, columns, labels: named, signal, format, holdOut: share } = options;
  const how = { ...format, task, columns, signal };
  const { examples, labels, counts, description, notes } = await loadData(options.train, {
    ...how,
    labels: named,
  });
  throwIfAborted(signal);
  const found = { labels, counts };
  const descriptions = [`train: ${description}`];
  const said = [...(options.notes ?? []), ...notes];
  if (options.dev !== undefined) {
    const dev = await loadData(options.dev, { ...how, labels: task === 'regression' ? undefined : labels });
    descriptions.push(`dev: ${dev.description}`);
    const devNotes = dev.notes.map((note) => `Of the dev data: ${note}`);
    return { ...found, train: examples, dev: dev.examples, descriptions, notes: [...said, ...devNotes] };
  }
  if (share === undefined) {
    said.push('There are no dev data: no model is chosen as the best, and training does not stop early.');
    return { ...found, train: examples, dev: [], descriptions, notes: said };
  }
  if (examples.length < 2) {
    throw new HashformerError('source', 'There is one example only: nothing of it can be held out.');
  }
  const [train, dev] = holdOut(examples, share, seed);
  descriptions.push(`dev: ${dev.length.toLocaleString('en-US')} examples held out of train`);
  return { ...found, train, dev, descriptions, notes: said };
}
