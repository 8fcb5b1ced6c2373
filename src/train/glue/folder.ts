import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import { type Dataset, readDataset } from '../data/dataset.ts';
import { GLUE_TASKS, type GlueName, type GlueSplitFormat, type GlueTask, glueTask } from './tasks.ts';

/** How complete the folder of a task says that it is: QNLI, QNLI_partial, QNLI_substitute. */
const KINDS = ['', '_partial', '_substitute'] as const;

/** A file of a task. */
export interface GlueFile {
  readonly split: GlueSplitFormat;
  /** The folder that it lies in, as `QNLI_partial`. */
  readonly set: string;
  /** Whether its rows come from elsewhere than the official ones. */
  readonly substitute: boolean;
  readonly path: string;
}

/** What a folder has of a task. */
export interface FoundGlueTask {
  readonly task: GlueTask;
  /** Best first: the official folder, a partial one, a substitute. */
  readonly train: readonly GlueFile[];
  /** The best file of each dev set. */
  readonly dev: readonly GlueFile[];
}

export interface GlueSplit extends Dataset {
  readonly file: GlueFile;
  /** How it stands to the official rows, for reports: "official: 872 rows", "partial: 9,999 of 104,743". */
  readonly status: string;
}

export interface GlueData {
  readonly task: GlueTask;
  /** Null where the folder has none. */
  readonly train: GlueSplit | null;
  readonly dev: readonly GlueSplit[];
}

export interface GlueOptions {
  /** The folder to train on where there are several: `QNLI_substitute`. */
  readonly trainSet?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number | null) => void) | undefined;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw new HashformerError(
      'source',
      `${show(folder)} could not be read as a folder: ${(cause as Error).message}.`,
      {
        cause,
      },
    );
  }
}

async function findTask(folder: string, sets: readonly string[], name: GlueName): Promise<FoundGlueTask> {
  const task = glueTask(name);
  const files: GlueFile[] = [];
  for (const kind of KINDS) {
    const set = sets.find((found) => found.toLowerCase() === `${name}${kind}`.toLowerCase());
    if (set === undefined) continue;
    const present = await readdir(join(folder, set)).catch((): string[] => []);
    for (const split of [task.train, ...task.dev]) {
      const file = split.files.find((candidate) => present.includes(candidate));
      if (file === undefined) continue;
      files.push({ split, set, substitute: kind === '_substitute', path: join(folder, set, file) });
    }
  }
  return {
    task,
    train: files.filter(({ split }) => split === task.train),
    dev: task.dev.flatMap((split) => files.find((file) => file.split === split) ?? []),
  };
}

/**
 * Finds the tasks of GLUE in a folder, each in a folder of its name (`SST-2/train.tsv`, `SST-2/dev.tsv`), or of its
 * name and `_partial` or `_substitute`.
 *
 * @returns tasks of which there is something, in the official order
 * @throws HashformerError `source`: no such folder, or none of the tasks in it
 */
export async function findGlue(folder: string): Promise<FoundGlueTask[]> {
  const sets = await namesIn(folder);
  const tasks = await Promise.all(GLUE_TASKS.map((name) => findTask(folder, sets, name)));
  const found = tasks.filter(({ train, dev }) => train.length + dev.length > 0);
  if (found.length > 0) return found;
  throw new HashformerError(
    'source',
    `${show(folder)} holds none of GLUE's tasks; expected folders ${GLUE_TASKS.join(', ')} with train.tsv and dev.tsv ` +
      '(MNLI: dev_matched.tsv and dev_mismatched.tsv).',
  );
}

function statusOf({ split, substitute }: GlueFile, { summary }: Dataset): string {
  const number = (value: number) => value.toLocaleString('en-US');
  const rows = summary.rows - summary.uneven;
  if (substitute) return `substitute: ${number(rows)} rows in place of the official ${number(split.rows)}`;
  if (rows === split.rows) return `official: ${number(rows)} rows`;
  if (rows < split.rows) return `partial: ${number(rows)} of ${number(split.rows)}`;
  return `not official: ${number(rows)} rows where the official set has ${number(split.rows)}`;
}

async function readSplit(file: GlueFile, task: GlueTask, options: GlueOptions): Promise<GlueSplit> {
  // GLUE's files have no quoting: a quote is a character. A few rows of QQP lack columns.
  const dataset = await readDataset(file.path, {
    task: task.task,
    columns: task.columns,
    labels: task.labels,
    header: task.header,
    quotes: false,
    skipUneven: true,
    signal: options.signal,
    onProgress: options.onProgress,
  });
  return { ...dataset, file, status: statusOf(file, dataset) };
}

/**
 * Reads a task of GLUE. MNLI has two dev sets.
 *
 * @throws HashformerError `source`: not there, or damaged, see `readDataset()`; `argument`: no such task or train set
 */
export async function readGlue(folder: string, name: GlueName, options: GlueOptions = {}): Promise<GlueData> {
  if (!GLUE_TASKS.includes(name)) {
    throw new HashformerError(
      'argument',
      `Expected a task of GLUE, ${GLUE_TASKS.join(', ')}, got ${show(name)}.`,
    );
  }
  const { task, train, dev } = await findTask(folder, await namesIn(folder), name);
  if (train.length + dev.length === 0) {
    throw new HashformerError('source', `${show(folder)} has no folder ${name} with the files of that task.`);
  }
  const { trainSet } = options;
  const chosen = trainSet === undefined ? train[0] : train.find(({ set }) => set === trainSet);
  if (chosen === undefined && trainSet !== undefined) {
    throw new HashformerError(
      'argument',
      `${show(folder)} has no train set ${show(trainSet)} of ${name}; it has ${train.map(({ set }) => set).join(', ') || 'none'}.`,
    );
  }
  const devSets: GlueSplit[] = [];
  for (const file of dev) devSets.push(await readSplit(file, task, options));
  return {
    task,
    train: chosen === undefined ? null : await readSplit(chosen, task, options),
    dev: devSets,
  };
}
