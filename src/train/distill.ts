import { IGNORED_LABEL } from '../../assembly/abi.ts';
import { checksum } from '../backend/checksum.ts';
import { instantiateModule } from '../backend/module.ts';
import { HashformerError } from '../errors.ts';
import { checkInteger, checkOneOf } from '../model/arguments.ts';
import { toBatch } from '../model/batches.ts';
import type { HashFormerConfig } from '../model/config.ts';
import { HashFormer } from '../model/hashformer.ts';
import type { Head } from '../model/layout.ts';
import { readSource, type Source } from '../model/source.ts';
import type { Text } from '../tokenizer/text.ts';
import type { DataPosition } from './batching.ts';
import { Crew } from './crew.ts';
import type { Columns } from './data/columns.ts';
import type { DatasetOptions } from './data/dataset.ts';
import type { Example } from './data/task.ts';
import { evaluate } from './evaluate.ts';
import { type DataSource, holdOut, loadData } from './examples.ts';
import { describeRun, evaluateBest, type FinetuneResult, openRun } from './finetune.ts';
import { lengthsOf, stepsOver } from './labelled.ts';
import { Learner } from './learner.ts';
import type { Goal, MicroBatch } from './micro-batch.ts';
import { configFor } from './prepare.ts';
import { type Evaluation, type Plan, run } from './run.ts';
import { completeSettings, evaluationInterval, learnerOptions, type RunSettings } from './settings.ts';
import { answer } from './teacher/answer.ts';
import { gather } from './teacher/crowd.ts';
import { collectOutputs } from './teacher/outputs.ts';
import type { OutputFacts, Outputs } from './teacher/parts.ts';
import { checkNumber } from './trainer.ts';

export interface DistillOptions extends RunSettings {
  /** Who is learnt from; may be left out where `outputs` holds all that it would say. */
  readonly teacher?: Source;
  /** The model that learns, fresh or trained. */
  readonly student: Source;
  /** What reports call it; default: its path or address. */
  readonly studentName?: string;
  /** Logits of a classifier (default), or sentence vectors. */
  readonly target?: OutputFacts['target'];
  /** For logits: the squared error of centred logits (default), or the divergence at a temperature. */
  readonly loss?: 'squared-error' | 'kl';
  /** Of `kl`; default 2. */
  readonly temperature?: number;
  /** Folder of the teacher's outputs: files that are there are read, others are written. Default: memory only. */
  readonly outputs?: string;
  /** Labelled texts; their labels are learnt too. */
  readonly train?: DataSource;
  /** What the cross-entropy with the labels counts for; default 0.3, 0 for the teacher alone. */
  readonly labelWeight?: number;
  /** Texts without labels: in memory, or files (not in a browser). */
  readonly unlabelled?: readonly Text[] | { readonly files: readonly string[]; readonly textColumn?: string };
  /** Labelled texts that the best model is chosen on. */
  readonly dev?: DataSource;
  /** Without `dev`: a share of `train`, or of `unlabelled` where that is all, that is kept out of training for it. */
  readonly holdOut?: number;
  readonly columns?: Partial<Columns>;
  readonly format?: Pick<DatasetOptions, 'format' | 'delimiter' | 'quotes' | 'header' | 'skipUneven'>;
  /** Passes over all texts; default 4. */
  readonly epochs?: number;
  /** What the best model is chosen by; default `accuracy`, or `loss` where there are no labels. */
  readonly metric?: string;
  /** Texts that the teacher has answered, and all. */
  readonly onTeacher?: (done: number, total: number) => void;
}

/** A text, what the teacher says of it, and its label where it has one. */
interface Lesson {
  readonly text: Text;
  /** Row of the outputs. */
  readonly row: number;
  readonly label?: number;
}

export const DISTILL_SCHEDULE = { kind: 'cosine', warmup: 0.06 } as const;
const DEFAULTS = { batchSize: 128, learningRate: 1e-3, schedule: DISTILL_SCHEDULE };
const HEADS: Record<OutputFacts['target'], Head> = { logits: 'classification', embeddings: 'sentence' };

/**
 * Trains a small model to say what a large one says (Hinton, Vinyals & Dean 2015): what `hashformer distill` calls.
 *
 * @throws HashformerError `argument`, `source`, `numeric`; or as HashFormer.load()
 */
export async function distill(options: DistillOptions): Promise<FinetuneResult> {
  const {
    target = 'logits',
    loss = 'squared-error',
    temperature = 2,
    labelWeight = 0.3,
    epochs = 4,
  } = options;
  const { signal } = options;
  checkOneOf('The target', target, ['logits', 'embeddings']);
  checkOneOf('The loss', loss, ['squared-error', 'kl']);
  checkInteger('The number of epochs', epochs, 1, 10_000);
  checkNumber('The temperature', temperature, (x) => x > 0, 'a number above 0');
  checkNumber('The weight of labels', labelWeight, (x) => x >= 0, 'a number of 0 or more');
  const settings = completeSettings(options, DEFAULTS);
  const folder = await openRun<DataPosition>(options);

  const teacher =
    options.teacher === undefined ? undefined : await loadTeacher(options.teacher, target, options.tier);
  try {
    const data = await readLessons(options, settings.seed, teacher?.model.labels);
    const outputs = await listen(teacher, target, data.texts, options, settings.workers);
    const labels = target === 'logits' ? outputs.facts.labels : [];
    const metric = options.metric ?? (data.dev.length > 0 ? 'accuracy' : 'loss');
    const more = { target, loss, temperature, labelWeight, epochs, metric, teacher: outputs.facts.teacher };
    const { student: model, studentName: modelName, ...sources } = options;
    const config = describeRun(
      { ...sources, model, ...(modelName === undefined ? {} : { modelName }) },
      settings,
      more,
    );
    const stepsPerEpoch = Math.ceil(data.train.length / settings.batchSize);
    const steps = stepsPerEpoch * epochs;

    folder?.setOptions(config);
    const files = (await folder?.model()) ?? (await readSource(options.student, signal));
    const heads = [HEADS[target]];
    const given = learnerOptions(settings, options.tier, steps);
    const change = (before: HashFormerConfig) => studentConfig(before, target, labels, outputs.width);
    const learner = await Learner.create(files, change, heads, given);
    const crew = await Crew.create(learner, heads, given, settings.workers);
    folder?.restore(crew);
    const lengths = lengthsOf(learner, data.train);
    const teach = learnOutputs(learner, outputs, { target, loss, temperature, labelWeight });
    const judge = () => evaluateStudent(learner.model, target, data, outputs, signal);
    const plan: Plan<DataPosition> = {
      run: 'distill',
      steps,
      from: (position) => stepsOver(data.train, lengths, settings, teach, position),
      ...(data.dev.length + data.held.length === 0
        ? {}
        : { evaluate: judge, metric: { name: metric, higherIsBetter: metric !== 'loss' } }),
      ...(data.dev.length === 0
        ? {}
        : {
            evaluateFinally: (best) => evaluateBest(best, learner, 'classification', data.dev, signal),
          }),
      data: data.descriptions,
      notes: data.notes,
    };
    try {
      const evaluateEvery = evaluationInterval(options.evaluateEvery, stepsPerEpoch);
      const { onEvent, patience } = options;
      const how = { seed: settings.seed, evaluateEvery, patience, onEvent, signal };
      const result = await run(crew, plan, how, config, folder);
      const chosen = plan.metric === undefined ? null : metric;
      return { ...result, labels, plannedSteps: steps, metric: chosen, model: learner.model };
    } catch (error) {
      learner.dispose();
      throw error;
    } finally {
      folder?.close();
      await crew.dismiss();
    }
  } finally {
    teacher?.model.dispose();
  }
}

interface Teacher {
  readonly model: HashFormer;
  readonly facts: OutputFacts;
}

async function loadTeacher(
  source: Source,
  target: OutputFacts['target'],
  tier: RunSettings['tier'],
): Promise<Teacher> {
  const model = await HashFormer.load(source, tier === undefined ? {} : { tier });
  const [{ weights }, { exports }] = await Promise.all([model.save(), instantiateModule()]);
  const labels = target === 'logits' ? model.labels : [];
  return { model, facts: { target, labels, teacher: checksum(exports, weights) } };
}

/** What the teacher says of all texts, once. */
async function listen(
  teacher: Teacher | undefined,
  target: OutputFacts['target'],
  texts: readonly Text[],
  { outputs: folder, signal, onTeacher }: DistillOptions,
  workers: number,
) {
  if (teacher === undefined && folder === undefined) {
    throw new HashformerError('argument', 'There must be a teacher, or a folder of its outputs.');
  }
  const crowd = teacher === undefined ? undefined : await gather(teacher.model, target, workers);
  try {
    return await collectOutputs(texts, crowd, teacher?.facts, { folder, signal, onProgress: onTeacher });
  } finally {
    await crowd?.dismiss();
  }
}

/** config.json of the student: the teacher's labels, or a projection to the width of its vectors. */
function studentConfig(
  before: HashFormerConfig,
  target: OutputFacts['target'],
  labels: readonly string[],
  width: number,
): HashFormerConfig {
  if (target === 'logits') return configFor(before, 'text-classification', labels);
  return { ...before, pooling: before.pooling ?? 'mean', normalize: true, sentence_embedding_size: width };
}

async function readLessons(options: DistillOptions, seed: number, labels: readonly string[] | undefined) {
  const { columns, format, signal, target = 'logits' } = options;
  const classes = target === 'logits' ? labels : undefined;
  const how = { ...format, task: 'classification', columns, labels: classes, signal } as const;
  const train = options.train === undefined ? undefined : await loadData(options.train, how);
  const known = { ...how, labels: train?.labels ?? classes };
  const dev = options.dev === undefined ? undefined : await loadData(options.dev, known);
  const unlabelled = await readTexts(options);
  const notes = [...(train?.notes ?? []), ...(dev?.notes ?? [])];
  const descriptions = [
    ...(train === undefined ? [] : [`train: ${train.description}`]),
    ...(unlabelled.length === 0 ? [] : [`unlabelled: ${unlabelled.length.toLocaleString('en-US')} texts`]),
    ...(dev === undefined ? [] : [`dev: ${dev.description}`]),
  ];
  // Rows of the outputs do not depend on what is held out.
  const labelled = (train?.examples ?? []).map(({ text, label }, row): Lesson & { label: number } => ({
    text,
    row,
    label: label as number,
  }));
  const others = unlabelled.map((text, i): Lesson => ({ text, row: labelled.length + i }));
  const texts = [...labelled, ...others].map(({ text }) => text);
  if (texts.length === 0) {
    throw new HashformerError(
      'argument',
      'There is nothing to learn from: name labelled or unlabelled texts.',
    );
  }
  const found = { texts, notes, descriptions };
  const { holdOut: share } = options;
  if (dev !== undefined || share === undefined) {
    return { ...found, train: [...labelled, ...others], dev: dev?.examples ?? [], held: [] };
  }
  checkNumber('The share that is held out', share, (x) => x > 0 && x < 1, 'a number between 0 and 1');
  if (labelled.length > 0 && target === 'logits') {
    const [kept, out] = holdOut(labelled, share, seed);
    descriptions.push(`dev: ${out.length.toLocaleString('en-US')} examples held out of train`);
    return { ...found, train: [...kept, ...others], dev: out as Example[], held: [] };
  }
  const [kept, held] = holdOut([...labelled, ...others], share, seed);
  descriptions.push(`dev: ${held.length.toLocaleString('en-US')} texts held out`);
  return { ...found, train: kept, dev: [], held };
}

async function readTexts({ unlabelled = [], format, signal }: DistillOptions): Promise<readonly Text[]> {
  if (!('files' in unlabelled)) return unlabelled;
  const { readUnlabelled } = await import('./texts.ts');
  const { quotes = true, header = true, delimiter } = format ?? {};
  const options = { textColumn: unlabelled.textColumn, delimiter, header, quotes };
  return readUnlabelled(unlabelled.files, options, signal ?? new AbortController().signal);
}

type Method = Required<Pick<DistillOptions, 'target' | 'loss' | 'temperature' | 'labelWeight'>>;

/** What is learnt of texts: the teacher's outputs, all alike, and the labels of those that have one. */
function learnOutputs(learner: Learner, outputs: Outputs, method: Method) {
  const head = method.target === 'logits' ? 'classification' : 'sentence';
  const loss =
    method.target === 'embeddings'
      ? 'cosine'
      : method.loss === 'kl'
        ? 'soft-cross-entropy'
        : 'centred-squared-error';
  return (all: readonly Lesson[]) => {
    const labelled = all.filter(({ label }) => label !== undefined).length;
    return (some: readonly Lesson[]): MicroBatch => {
      const goals: Goal[] = [
        {
          head,
          loss,
          targets: rowsOf(outputs, some),
          scale: 1 / all.length,
          temperature: method.temperature,
        },
      ];
      if (labelled > 0 && method.labelWeight > 0 && method.target === 'logits') {
        const targets = Int32Array.from(some, ({ label }) => label ?? IGNORED_LABEL);
        goals.push({ head, loss: 'cross-entropy', targets, scale: method.labelWeight / labelled });
      }
      return { batch: toBatch(some.map(({ text }) => learner.assemble(text))), goals };
    };
  };
}

function rowsOf({ width, data }: Outputs, lessons: readonly Lesson[]): Float32Array {
  const rows = new Float32Array(lessons.length * width);
  for (const [i, { row }] of lessons.entries())
    rows.set(data.subarray(row * width, (row + 1) * width), i * width);
  return rows;
}

/** How well the student does on labels, or how near it is to the teacher on texts that were held out. */
async function evaluateStudent(
  model: HashFormer,
  target: OutputFacts['target'],
  { dev, held }: { readonly dev: readonly Example[]; readonly held: readonly Lesson[] },
  outputs: Outputs,
  signal: AbortSignal | undefined,
): Promise<Evaluation> {
  if (dev.length > 0) {
    const { loss, metrics } = await evaluate(model, 'classification', dev, signal);
    return { loss, metrics: { ...metrics, loss } };
  }
  const texts = held.map(({ text }) => text);
  const { data } = await answer(model, target, texts, signal);
  const difference = target === 'logits' ? centredError : distance;
  const loss = difference(data, rowsOf(outputs, held), outputs.width);
  return { loss, metrics: { loss } };
}

/** Mean of 1 - cosine over rows. */
function distance(a: Float32Array, b: Float32Array, width: number): number {
  let total = 0;
  for (let at = 0; at < a.length; at += width) {
    let product = 0;
    let squares = 0;
    let others = 0;
    for (let i = at; i < at + width; i++) {
      product += a[i]! * b[i]!;
      squares += a[i]! ** 2;
      others += b[i]! ** 2;
    }
    total += 1 - product / Math.sqrt(squares * others || 1);
  }
  return total / (a.length / width);
}

/** Mean squared difference of rows, each minus its mean. */
function centredError(a: Float32Array, b: Float32Array, width: number): number {
  let total = 0;
  for (let at = 0; at < a.length; at += width) {
    const differences = Array.from({ length: width }, (_, i) => a[at + i]! - b[at + i]!);
    const mean = differences.reduce((sum, x) => sum + x, 0) / width;
    for (const difference of differences) total += (difference - mean) ** 2;
  }
  return total / a.length;
}
