// Every task, one record each: pipeline() makes it of the record, its type follows from it, and so do the server's route
// and the command of the command line.

import type { Output } from '../architecture/outputs.ts';
import { checkOneOf } from '../arguments.ts';
import type { HashFormer } from '../model/hashformer.ts';
import type { ShippedModel } from '../runtime/runtime.ts';
import { FEATURE_OPTIONS, featureExtraction } from './feature-extraction.ts';
import { LABEL_OPTIONS } from './labels.ts';
import type { TaskOptions } from './options.ts';
import { textClassification } from './text-classification.ts';
import type { TokenClassificationPipeline } from './token-classification.ts';

type AnyPipeline = ((texts: never, options?: never) => Promise<unknown>) & {
  readonly model: HashFormer;
  dispose(): void;
};

const TOKEN_OPTIONS = {
  ignore_labels: { kind: 'names', about: 'labels to leave out' },
} as const satisfies TaskOptions;

interface TaskRecord {
  /** Other names that transformers.js has for it. */
  readonly aliases: readonly string[];
  /** What it gives, for lists of tasks. */
  readonly about: string;
  /** What the model must be able to compute: a task over a head that it lacks is refused. */
  readonly output: Output['kind'];
  readonly options: TaskOptions;
  /** The shipped model that answers where no other is named; null: none. */
  readonly model: ShippedModel | null;
  /** Whether a pair of texts is a text here. */
  readonly pairs: boolean;
  /** Where the server does it. */
  readonly route: `/${string}`;
  /** What the command line calls it. */
  readonly command: string;
  /** Fields of what a text is answered with, one or several of such objects; null: a vector. */
  readonly fields: Readonly<Record<string, 'text' | 'float' | 'integer'>> | null;
  /** Makes a pipeline, a function of texts and options; the model is able to compute the output. */
  readonly create: (model: HashFormer) => AnyPipeline | Promise<AnyPipeline>;
}

export const TASKS = {
  'text-classification': {
    aliases: ['sentiment-analysis'],
    about: 'labels of texts and pairs',
    output: 'logits',
    options: LABEL_OPTIONS,
    model: 'sentiment',
    pairs: true,
    route: '/classify',
    command: 'classify',
    fields: { label: 'text', score: 'float' },
    create: textClassification,
  },
  'token-classification': {
    aliases: ['ner'],
    about: 'labels of tokens',
    output: 'token-logits',
    options: TOKEN_OPTIONS,
    model: null,
    pairs: false,
    route: '/tag',
    command: 'tag',
    fields: {
      entity: 'text',
      score: 'float',
      index: 'integer',
      word: 'text',
      start: 'integer',
      end: 'integer',
    },
    // Loaded on first use: few need it.
    create: async (model): Promise<TokenClassificationPipeline> =>
      (await import('./token-classification.ts')).tokenClassification(model, TOKEN_OPTIONS),
  },
  'feature-extraction': {
    aliases: ['embeddings'],
    about: 'vectors of texts',
    output: 'sentences',
    options: FEATURE_OPTIONS,
    model: 'sentence',
    pairs: true,
    route: '/v1/embeddings',
    command: 'embed',
    fields: null,
    create: featureExtraction,
  },
} as const satisfies Readonly<Record<string, TaskRecord>>;

/** A task by its own name. */
export type Task = keyof typeof TASKS;
type Alias = { [T in Task]: (typeof TASKS)[T]['aliases'][number] }[Task];
/** A task, also by the other names that it has. */
export type TaskName = Task | Alias;
/** The task that a name means. */
type Named<Name extends TaskName> = {
  [T in Task]: Name extends T | (typeof TASKS)[T]['aliases'][number] ? T : never;
}[Task];
/** What pipeline() gives for a task. */
export type Pipeline<Name extends TaskName = TaskName> = Awaited<
  ReturnType<(typeof TASKS)[Named<Name>]['create']>
>;

export const TASK_NAMES = Object.keys(TASKS) as Task[];

/** A task as data, whichever it is. */
export function taskRecord(task: Task): TaskRecord {
  return TASKS[task];
}

/**
 * The task that a name means.
 *
 * @throws HashformerError `argument`: there is none of this name
 */
export function checkTaskName(name: unknown): Task {
  const found = TASK_NAMES.find((task) => taskRecord(task).aliases.includes(name as string));
  return found ?? checkOneOf('The task', name, TASK_NAMES);
}

/**
 * A task over a model.
 *
 * @throws HashformerError `missing`: the model lacks what the task needs; `disposed`
 */
export async function createPipeline<T extends Task>(task: T, model: HashFormer): Promise<Pipeline<T>> {
  const { output, create } = taskRecord(task);
  model.needs(output, `the task ${task}`);
  return (await create(model)) as Pipeline<T>;
}
