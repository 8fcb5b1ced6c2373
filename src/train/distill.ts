import { place } from '#place';
import type { HashFormerConfig } from '../architecture/config.ts';
import { checkInteger, checkNumber, checkOneOf, checkOptions, namesOf } from '../arguments.ts';
import { HashformerError } from '../errors.ts';
import { readModel } from '../model/create.ts';
import { readSource, type Source } from '../model/source.ts';
import type { DataPosition } from './data/batching.ts';
import { checkDataOptions } from './data/data-options.ts';
import { Learner } from './engine/learner.ts';
import type { FinetuneResult } from './finetune.ts';
import { lengthsOf, stepsOver } from './labelled.ts';
import { type DevMetric, HIGHER_IS_BETTER, METRICS } from './metric/measure.ts';
import { configForTask } from './prepare.ts';
import { defaultLearningRate } from './presets.ts';
import { conduct } from './run/conduct.ts';
import { describeRun } from './run/describe-run.ts';
import { checkMetric, evaluateBest } from './run/dev-evaluation.ts';
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
import { gather } from './teacher/crowd.ts';
import {
  type LessonSources,
  type Lessons,
  learnOutputs,
  type Method,
  readLessons,
} from './teacher/lessons.ts';
import { evaluateStudent } from './teacher/nearness.ts';
import { collectOutputs, readFacts } from './teacher/outputs.ts';
import type { OutputFacts, Outputs } from './teacher/parts.ts';
import { OUTPUT_OF, TARGETS } from './teacher/targets.ts';
import { loadTeacher } from './teacher/teacher.ts';

export interface DistillOptions extends RunSettings, LessonSources {
  /** Who is learnt from; may be left out where `outputs` holds all that it would say. */
  readonly teacher?: Source;
  /** The model that learns, fresh or trained. */
  readonly student: Source;
  /** What reports call it; default: its path or address. */
  readonly studentName?: string;
  /** Logits of a classifier (default), or sentence vectors. */
  readonly target?: Method['target'];
  /** For logits: the squared error of centred logits (default), or the divergence at a temperature. */
  readonly loss?: Method['loss'];
  /** Of `kl`; default 2. */
  readonly temperature?: number;
  /** Folder of the teacher's outputs: files that are there are read, others are written. Default: memory only. */
  readonly outputs?: string;
  /** What the cross-entropy with the labels of `train` counts for; default 0.3, 0 for the teacher alone. */
  readonly labelWeight?: number;
  /** Passes over all texts; default 4. */
  readonly epochs?: number;
  /** What the best model is chosen by: `accuracy` (default), others of classes, or `loss`, the only one without labels. */
  readonly metric?: string;
  /** Most tokens that the student reads of a text, special ones included; default: its own. */
  readonly maxLength?: number;
  readonly signal?: AbortSignal;
  /** Texts that the teacher has answered, and all. */
  readonly onTeacher?: (done: number, total: number) => void;
}

const OPTIONS = [
  ...RUN_SETTINGS,
  ...namesOf<Omit<DistillOptions, keyof RunSettings>>({
    teacher: true,
    student: true,
    studentName: true,
    train: true,
    unlabelled: true,
    dev: true,
    holdOut: true,
    columns: true,
    format: true,
    target: true,
    loss: true,
    temperature: true,
    outputs: true,
    labelWeight: true,
    epochs: true,
    metric: true,
    maxLength: true,
    onTeacher: true,
  }),
];

export const DISTILL_SCHEDULE = { kind: 'cosine', warmup: 0.06 } as const;
/** Where the model does not matter; the learning rate goes by its width. */
const DEFAULTS = { batchSize: 128, learningRate: defaultLearningRate(768), schedule: DISTILL_SCHEDULE };

const refuse = (sentence: string): never => {
  throw new HashformerError('argument', sentence);
};

/** What is wrong with the options, as far as they can tell without models and data. */
function checkGiven(options: DistillOptions): void {
  const { target = 'logits', loss, temperature, labelWeight, epochs = 4, holdOut: share, metric } = options;
  const { train, unlabelled, dev, teacher, outputs } = options;
  checkOneOf('The target', target, TARGETS);
  if (loss !== undefined) checkOneOf('The loss', loss, ['squared-error', 'kl']);
  checkInteger('The number of epochs', epochs, 1, 10_000);
  if (temperature !== undefined) {
    checkNumber('The temperature', temperature, (x) => x > 0, 'a number above 0');
    if (loss !== 'kl') refuse('The temperature is of the loss "kl".');
  }
  if (labelWeight !== undefined) {
    checkNumber('The weight of labels', labelWeight, (x) => x >= 0, 'a number of 0 or more');
  }
  if (share !== undefined) {
    checkNumber('The share that is held out', share, (x) => x > 0 && x < 1, 'a number between 0 and 1');
  }
  if (target === 'embeddings' && (loss ?? labelWeight) !== undefined) {
    refuse(
      'Sentence vectors are learnt by their cosine alone: the loss and the weight of labels are of logits.',
    );
  }
  if (teacher === undefined && outputs === undefined) {
    refuse('There must be a teacher, or a folder of its outputs.');
  }
  if (train === undefined && (unlabelled === undefined || [unlabelled].flat().length === 0)) {
    refuse('There is nothing to learn from: name labelled or unlabelled texts.');
  }
  if (metric !== undefined) {
    const labelled =
      target === 'logits' && (dev !== undefined || (train !== undefined && share !== undefined));
    checkOneOf('The metric', metric, [...(labelled ? METRICS['text-classification'] : []), 'loss']);
  }
  checkDataOptions(options);
  completeSettings(options, DEFAULTS);
}

/**
 * Trains a small model to say what a large one says (Hinton, Vinyals & Dean 2015): what `hashformer distill` calls.
 *
 * @throws HashformerError `argument`, `source`, `missing`: the teacher has no classification head; `aborted` before the
 *   first step; `numeric`; or as HashFormer.load()
 */
export async function distill(given: DistillOptions): Promise<FinetuneResult> {
  const options = checkOptions<DistillOptions>(given, OPTIONS);
  checkGiven(options);
  // Where there are no files, this says so before the teacher is loaded.
  if (options.outputs !== undefined) await place.outputParts(options.outputs);
  return inRun<DataPosition, FinetuneResult>(options, (folder) => distillIn(folder, options));
}

async function distillIn(
  folder: RunStore<DataPosition> | undefined,
  options: DistillOptions,
): Promise<FinetuneResult> {
  const { target = 'logits', epochs = 4, maxLength, signal } = options;
  const files = (await folder?.model()) ?? (await readSource(options.student, signal));
  const { config: before } = await readModel(files);
  checkMaxLength('The most tokens of a text', maxLength, before);
  const learningRate = defaultLearningRate(before.hidden_size);
  const settings = completeSettings(options, { ...DEFAULTS, learningRate });
  const { data, outputs, facts, config, metric } = await listen(options, settings, (described) =>
    folder?.setOptions(described),
  );
  const stepsPerEpoch = Math.ceil(data.train.length / settings.batchSize);
  const steps = stepsPerEpoch * epochs;
  const heads = [OUTPUT_OF[target].head];
  const how = learnerOptions(settings, options.tier, steps);
  const change = (given: HashFormerConfig) => studentConfig(given, facts, outputs.width, maxLength);
  const learner = await Learner.create(files, change, heads, how);
  const plan = (): Plan<DataPosition> => {
    const lengths = lengthsOf(learner, data.train);
    const teach = learnOutputs(learner, outputs, methodOf(options));
    const { dev, held } = data;
    return {
      run: 'distill',
      steps,
      from: (position) => stepsOver(data.train, lengths, settings, teach, position),
      ...(dev.length + held.length === 0
        ? {}
        : {
            evaluate: () => evaluateStudent(learner.model, target, data, outputs, metric, signal),
            metric: { name: metric, higherIsBetter: HIGHER_IS_BETTER[metric as DevMetric] },
          }),
      ...(dev.length === 0
        ? {}
        : { evaluateFinally: (best) => evaluateBest(best, learner, 'text-classification', dev, signal) }),
      data: data.descriptions,
      notes: data.notes,
    };
  };
  const undertaking = { learner, heads, how, settings, stepsPerEpoch, config, folder, plan };
  return { ...(await conduct(options, undertaking)), labels: facts.labels };
}

function methodOf({ target = 'logits', loss, temperature, labelWeight }: DistillOptions): Method {
  return {
    target,
    loss: loss ?? 'squared-error',
    temperature: temperature ?? 2,
    labelWeight: labelWeight ?? 0.3,
  };
}

/** All texts, and what the teacher says of them; the run is described before it is asked. */
async function listen(
  options: DistillOptions,
  settings: CompleteSettings,
  check: (config: Record<string, unknown>) => void,
) {
  const { target = 'logits', outputs: folder, signal, tier, onTeacher } = options;
  const teacher =
    options.teacher === undefined ? undefined : await loadTeacher(options.teacher, target, tier, signal);
  try {
    const facts = teacher?.facts ?? (await readFacts(folder!, target));
    const data = await readLessons(options, settings.seed, facts);
    const metric = options.metric ?? (data.dev.length > 0 ? 'accuracy' : 'loss');
    checkMetric(metric, 'text-classification', facts.labels);
    const config = describe(options, settings, data, facts, metric);
    check(config);
    const crowd = teacher === undefined ? undefined : gather(teacher.model, target, settings.workers);
    try {
      const how = { folder, signal, onProgress: onTeacher };
      const outputs: Outputs = await collectOutputs(data.texts, crowd, facts, how);
      return { data, outputs, facts, config, metric };
    } finally {
      await crowd?.dismiss();
    }
  } finally {
    teacher?.model.dispose();
  }
}

/** Settings as a report shows them, and as a resumed run must have them. */
function describe(
  options: DistillOptions,
  settings: CompleteSettings,
  { texts }: Lessons,
  { labels, teacher }: OutputFacts,
  metric: string,
): Record<string, unknown> {
  const {
    student,
    studentName: model = student,
    train,
    dev,
    holdOut,
    columns,
    tier,
    maxLength,
    epochs = 4,
  } = options;
  const { target, loss, temperature, labelWeight } = methodOf(options);
  return describeRun({ model, train, dev }, settings, {
    ...{ teacher, target, epochs, metric, texts: texts.length, holdOut, columns, tier, maxLength },
    // Outputs that are kept are rounded.
    outputs: options.outputs === undefined ? 'float32' : 'float16',
    ...(target === 'logits' ? { labels, loss } : {}),
    ...(target === 'logits' && loss === 'kl' ? { temperature } : {}),
    ...(target === 'logits' && train !== undefined ? { labelWeight } : {}),
  });
}

/** config.json of the student: the teacher's labels, or a projection to the width of its vectors. */
function studentConfig(
  before: HashFormerConfig,
  { target, labels }: OutputFacts,
  width: number,
  maxLength: number | undefined,
): HashFormerConfig {
  const config = maxLength === undefined ? before : { ...before, max_length: maxLength };
  if (target === 'logits') return configForTask(config, 'text-classification', labels);
  return { ...config, pooling: config.pooling ?? 'mean', normalize: true, sentence_embedding_size: width };
}
