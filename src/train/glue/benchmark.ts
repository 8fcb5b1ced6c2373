// Fine-tuning and measuring on the tasks of GLUE, some seeds each: what `hashformer glue` calls.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted } from '../../abort.ts';
import { HashformerError } from '../../errors.ts';
import { parseJson } from '../../formats/json.ts';
import { HashFormer } from '../../model/hashformer.ts';
import { failure } from '../../runtime/failure.ts';
import { writeFiles } from '../../runtime/write-files.ts';
import { evaluate } from '../evaluate.ts';
import { type FinetuneOptions, finetune } from '../finetune.ts';
import { writeEvaluation } from '../report/evaluation-file.ts';
import { writeReport } from '../report/run-record.ts';
import { checkSameOptions } from '../run/checkpoint.ts';
import { findGlue, type GlueData, readGlue } from './folder.ts';
import type { GlueName } from './tasks.ts';

export const RESULTS_FILE = 'results.json';

/** A task that was trained with one seed. */
export interface GlueRun {
  readonly task: GlueName;
  readonly seed: number;
  /** The official metrics on each dev set: `{ dev: { f1, accuracy } }`. */
  readonly dev: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly steps: number;
  readonly seconds: number;
}

/** What a folder has of a task, and how it stands to the official sets. */
export interface GlueSets {
  readonly train: string;
  readonly dev: Readonly<Record<string, string>>;
}

/** What results.json holds. */
export interface GlueResults {
  /** What must be the same when the work goes on. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly sets: Partial<Record<GlueName, GlueSets>>;
  readonly runs: readonly GlueRun[];
  /** Tasks that were left out, and why. */
  readonly skipped: Partial<Record<GlueName, string>>;
}

export interface BenchmarkOptions {
  /** The folder with the tasks' folders. */
  readonly data: string;
  /** Default: all that the folder has. */
  readonly tasks?: readonly GlueName[] | undefined;
  readonly seeds: readonly number[];
  /** A folder for results.json and one a task and seed. */
  readonly out: string;
  readonly resume: boolean;
  /** What is trained, by seed: fresh weights differ. */
  start(seed: number): Promise<Pick<FinetuneOptions, 'model' | 'modelName' | 'maxLength'>>;
  /** As for finetune(); with `holdOut` the best model is measured, chosen on that part of train, else the last. */
  readonly how: Omit<FinetuneOptions, 'model' | 'task' | 'train' | 'dev' | 'seed' | 'out' | 'resume'>;
  /** What results must agree on besides: the model's name. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** A line of what happens now. */
  readonly say?: ((line: string) => void) | undefined;
  readonly signal: AbortSignal;
}

async function readResults(out: string): Promise<GlueResults | undefined> {
  const path = join(out, RESULTS_FILE);
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw failure(path, 'read', cause);
  });
  if (bytes === undefined) return undefined;
  const results = parseJson(bytes, path, 'source') as GlueResults | null;
  if (results?.settings && results.sets && results.skipped && Array.isArray(results.runs)) return results;
  throw new HashformerError('source', `${path} does not hold results of GLUE; name another folder.`);
}

/** The settings of all runs, without what is no setting. */
function settingsOf({ how, settings, seeds }: BenchmarkOptions): Record<string, unknown> {
  const { onEvent: _, signal: __, ...more } = how;
  return JSON.parse(JSON.stringify({ ...settings, ...more, firstSeed: seeds[0] }));
}

function notesOn({ train, dev }: GlueSets): string[] {
  const sets = Object.entries({ train, ...dev });
  return sets
    .filter(([, status]) => !status.startsWith('official'))
    .map(([name, status]) => `The set ${name} is not the official one, ${status}.`);
}

async function runTask(
  { task, train, dev }: GlueData,
  sets: GlueSets,
  seed: number,
  options: BenchmarkOptions,
): Promise<GlueRun> {
  const { how, signal } = options;
  const out = join(options.out, task.name, `seed-${seed}`);
  const result = await finetune({
    ...how,
    ...(await options.start(seed)),
    ...{ task: task.task, train: train!.file.path, columns: task.columns, seed, out, signal },
    ...(task.labels === undefined ? {} : { labels: task.labels }),
    format: { header: task.header, quotes: false, skipUneven: true },
    notes: notesOn(sets),
    resume: true,
  });
  try {
    if (result.reason === 'interrupted') {
      throw new HashformerError('aborted', 'The run was stopped; its checkpoint is kept.');
    }
    const model = result.best === null ? result.model : await HashFormer.load(join(out, 'best'));
    const measured: Record<string, Record<string, number>> = {};
    try {
      for (const { file, examples } of dev) {
        const { metrics, report } = await evaluate(model, task.task, examples, signal);
        measured[file.split.name] = Object.fromEntries(task.metrics.map((name) => [name, metrics[name]!]));
        if (file === dev[0]!.file) await writeEvaluation(out, report);
      }
    } finally {
      model.dispose();
    }
    await writeReport(out);
    return { task: task.name, seed, dev: measured, steps: result.steps, seconds: result.seconds };
  } finally {
    result.model.dispose();
  }
}

/** Why a task cannot be run; undefined where it can. */
function lackOf({ train, dev }: GlueData): string | undefined {
  if (train === null) return 'the folder has no train set of it';
  return dev.length === 0 ? 'the folder has no dev set of it to measure on' : undefined;
}

/**
 * Fine-tunes and measures, task by task and seed by seed. The dev sets are only measured, nothing is chosen by them.
 * results.json grows with every run; pairs of task and seed that it has are not run again.
 *
 * @returns all results; where the signal is aborted, those so far
 * @throws HashformerError as readGlue() and finetune(); `argument`: the folder has results already, or of other settings
 */
export async function benchmark(options: BenchmarkOptions): Promise<GlueResults> {
  const { data, out, seeds, signal } = options;
  const found = (await findGlue(data)).map(({ task }) => task.name);
  const absent = options.tasks?.find((name) => !found.includes(name));
  if (absent !== undefined) {
    throw new HashformerError('argument', `${data} has no ${absent}; it has ${found.join(', ')}.`);
  }
  const before = await readResults(out);
  const settings = settingsOf(options);
  if (before !== undefined) {
    if (!options.resume) {
      throw new HashformerError(
        'argument',
        `${out} holds results already; go on with them by --resume, or write to another folder.`,
      );
    }
    checkSameOptions(before.settings, settings);
  }
  let results: GlueResults = before ?? { settings, sets: {}, runs: [], skipped: {} };
  const keep = async (change: Partial<GlueResults>) => {
    results = { ...results, ...change };
    const bytes = new TextEncoder().encode(`${JSON.stringify(results, null, 2)}\n`);
    await writeFiles(out, new Map([[RESULTS_FILE, bytes]]));
  };
  await keep({});
  const isDone = (name: GlueName, seed: number) =>
    results.runs.some((run) => run.task === name && run.seed === seed);
  try {
    for (const name of options.tasks ?? found) {
      throwIfAborted(signal);
      if (seeds.every((seed) => isDone(name, seed))) continue;
      const read = await readGlue(data, name, { signal });
      const lack = lackOf(read);
      if (lack !== undefined) {
        options.say?.(`${name} is skipped: ${lack}`);
        await keep({ skipped: { ...results.skipped, [name]: lack } });
        continue;
      }
      const sets: GlueSets = {
        train: read.train!.status,
        dev: Object.fromEntries(read.dev.map(({ file, status }) => [file.split.name, status])),
      };
      await keep({ sets: { ...results.sets, [name]: sets } });
      for (const seed of seeds) {
        if (isDone(name, seed)) continue;
        options.say?.(`${name}, seed ${seed}`);
        const run = await runTask(read, sets, seed, options);
        await keep({ runs: [...results.runs, run] });
      }
    }
  } catch (error) {
    if (!(error instanceof HashformerError && error.code === 'aborted')) throw error;
  }
  return results;
}

/** A metric over the seeds of a task. */
export interface GlueScore {
  readonly task: GlueName;
  /** The dev set: `dev`, `dev_matched`, … */
  readonly set: string;
  readonly metric: string;
  /** One a seed. */
  readonly values: readonly number[];
  readonly mean: number;
  /** Sample standard deviation; null of one seed. */
  readonly deviation: number | null;
}

/** Every metric of every dev set, over seeds. */
export function scoresOf({ runs }: GlueResults): GlueScore[] {
  const groups = new Map<string, Pick<GlueScore, 'task' | 'set' | 'metric'> & { values: number[] }>();
  for (const { task, dev } of runs) {
    for (const [set, metrics] of Object.entries(dev)) {
      for (const [metric, value] of Object.entries(metrics)) {
        const key = [task, set, metric].join('\n');
        const group = groups.get(key) ?? { task, set, metric, values: [] };
        group.values.push(value);
        groups.set(key, group);
      }
    }
  }
  return [...groups.values()].map((group) => {
    const { values } = group;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return { ...group, mean, deviation: values.length < 2 ? null : Math.sqrt(squares / (values.length - 1)) };
  });
}
