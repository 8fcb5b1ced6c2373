import type { Columns } from '../data/labelled-columns.ts';
import type { Task } from '../data/task.ts';

export const GLUE_TASKS = ['CoLA', 'SST-2', 'MRPC', 'STS-B', 'QQP', 'MNLI', 'QNLI', 'RTE', 'WNLI'] as const;
export type GlueName = (typeof GLUE_TASKS)[number];

/** A file of a task: what it is called, and how many rows the official one has. */
export interface GlueSplitFormat {
  readonly name: 'train' | 'dev' | 'dev_matched' | 'dev_mismatched';
  /** Names that the file goes by, the official one first. */
  readonly files: readonly string[];
  readonly rows: number;
}

/** A task of GLUE (Wang et al. 2018, gluebenchmark.com) as its files have it. */
export interface GlueTask {
  readonly name: GlueName;
  readonly task: Extract<Task, 'text-classification' | 'regression'>;
  /** False of CoLA, whose columns are numbered from 1. */
  readonly header: boolean;
  readonly columns: Columns;
  /** Classes in the order of their indexes, the positive one of two last but for entailment; undefined of scores. */
  readonly labels?: readonly string[];
  readonly train: GlueSplitFormat;
  readonly dev: readonly GlueSplitFormat[];
  /** The official metrics, as `measure()` names them; a task's score is their mean. */
  readonly metrics: readonly string[];
}

const BINARY = ['0', '1'];
const ENTAILMENT = ['entailment', 'not_entailment'];
const SENTENCES = { text: 'sentence1', textPair: 'sentence2', label: 'label' };

function rows(train: number, dev: number): Pick<GlueTask, 'train' | 'dev'> {
  return {
    train: { name: 'train', files: ['train.tsv'], rows: train },
    dev: [{ name: 'dev', files: ['dev.tsv'], rows: dev }],
  };
}

function mnliDev(name: 'dev_matched' | 'dev_mismatched', count: number): GlueSplitFormat {
  return { name, files: [`${name}.tsv`, `${name}_1k.tsv`], rows: count };
}

const TASKS: Readonly<Record<GlueName, Omit<GlueTask, 'name'>>> = {
  CoLA: {
    task: 'text-classification',
    header: false,
    columns: { text: '4', label: '2' },
    labels: BINARY,
    ...rows(8_551, 1_043),
    metrics: ['matthews'],
  },
  'SST-2': {
    task: 'text-classification',
    header: true,
    columns: { text: 'sentence', label: 'label' },
    labels: BINARY,
    ...rows(67_349, 872),
    metrics: ['accuracy'],
  },
  MRPC: {
    task: 'text-classification',
    header: true,
    columns: { text: '#1 String', textPair: '#2 String', label: 'Quality' },
    labels: BINARY,
    ...rows(3_668, 408),
    metrics: ['f1', 'accuracy'],
  },
  'STS-B': {
    task: 'regression',
    header: true,
    columns: { text: 'sentence1', textPair: 'sentence2', label: 'score' },
    ...rows(5_749, 1_500),
    metrics: ['pearson', 'spearman'],
  },
  QQP: {
    task: 'text-classification',
    header: true,
    columns: { text: 'question1', textPair: 'question2', label: 'is_duplicate' },
    labels: BINARY,
    ...rows(363_846, 40_430),
    metrics: ['f1', 'accuracy'],
  },
  MNLI: {
    task: 'text-classification',
    header: true,
    columns: { ...SENTENCES, label: 'gold_label' },
    labels: ['entailment', 'neutral', 'contradiction'],
    train: { name: 'train', files: ['train.tsv'], rows: 392_702 },
    dev: [mnliDev('dev_matched', 9_815), mnliDev('dev_mismatched', 9_832)],
    metrics: ['accuracy'],
  },
  QNLI: {
    task: 'text-classification',
    header: true,
    columns: { text: 'question', textPair: 'sentence', label: 'label' },
    labels: ENTAILMENT,
    ...rows(104_743, 5_463),
    metrics: ['accuracy'],
  },
  RTE: {
    task: 'text-classification',
    header: true,
    columns: SENTENCES,
    labels: ENTAILMENT,
    ...rows(2_490, 277),
    metrics: ['accuracy'],
  },
  WNLI: {
    task: 'text-classification',
    header: true,
    columns: SENTENCES,
    labels: BINARY,
    ...rows(635, 71),
    metrics: ['accuracy'],
  },
};

export function glueTask(name: GlueName): GlueTask {
  return { name, ...TASKS[name] };
}
