import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { FINETUNE_SCHEDULE } from '../train/finetune.ts';
import { benchmark, type GlueResults, RESULTS_FILE, scoresOf } from '../train/glue/benchmark.ts';
import { GLUE_TASKS, type GlueName } from '../train/glue/tasks.ts';
import { spaced } from '../train/report/words.ts';
import { decimal, wholeNumber } from './common-options.ts';
import type { Context } from './context.ts';
import { aligned } from './report.ts';
import {
  addStartOptions,
  addTrainingOptions,
  checkStart,
  RATE_HELP,
  START_HELP,
  type StartOptions,
  settingsOf,
  startModel,
  type TrainingOptions,
} from './training-options.ts';
import { sayHowToGoOn, withProgress } from './training-run.ts';

interface Options extends StartOptions, TrainingOptions {
  data: string;
  tasks?: GlueName[];
  seeds: number;
  holdOut?: number;
}

const HELP = `${START_HELP}
${RATE_HELP}

--data is a folder with the tasks' folders as GLUE has them (SST-2/train.tsv,
SST-2/dev.tsv, …: ${GLUE_TASKS.join(', ')}). Every task is trained
with each seed, and measured on its dev sets by the official metrics; the table
has mean and standard deviation over the seeds, and says which sets are partial.
The dev sets choose nothing: what is measured is the model after the last epoch,
or with --hold-out the one that is best on a part of train that is kept out of it.
${RESULTS_FILE} in DIR grows with every run, which has a folder of its own. Ctrl-C
saves; with --resume, what is done is not done again.

Examples:
  $ hashformer glue --model ./pretrained --data ./glue -o ./results
  $ hashformer glue --preset tiny --data ./glue --tasks SST-2,RTE --seeds 5 -o ./tiny`;

function taskNames(value: string): GlueName[] {
  return value.split(',').map((word) => {
    const name = GLUE_TASKS.find((task) => task.toLowerCase() === word.trim().toLowerCase());
    if (name !== undefined) return name;
    throw new InvalidArgumentError(`Expected names of ${GLUE_TASKS.join(', ')} with commas between them.`);
  });
}

function describe(results: GlueResults, out: string): string {
  const head = ['task', 'set', 'metric', 'mean', '± sd', 'seeds'];
  const rows = scoresOf(results).map(({ task, set, metric, mean, deviation, values }) => [
    ...[task, set, spaced(metric), mean.toFixed(4)],
    ...[deviation === null ? '-' : deviation.toFixed(4), String(values.length)],
  ]);
  const sets = Object.entries(results.sets).flatMap(([name, { train, dev }]) =>
    Object.entries({ train, ...dev }).map(([set, status]) => [name, set, status]),
  );
  const skipped = Object.entries(results.skipped).map(([name, why]) => `${name} was skipped: ${why}\n`);
  return [
    ...(rows.length === 0 ? [] : [aligned([head, ...rows], 3), '\n']),
    ...(sets.length === 0 ? [] : [aligned(sets, 3)]),
    ...skipped,
    `results in ${join(out, RESULTS_FILE)}\n`,
  ].join('');
}

async function run(options: Options, { signal, words }: Context): Promise<void> {
  const { data, out, tasks, seeds: count, seed: first = 0, resume = false, holdOut, quiet, epochs } = options;
  checkStart(options);
  const { out: _, resume: __, seed: ___, ...how } = settingsOf(options, FINETUNE_SCHEDULE);
  const { model, preset, variant, hash, tokenizer, maxLength } = options;
  const seeds = Array.from({ length: count }, (____, i) => first + i);
  const results = await withProgress(quiet, (onEvent) =>
    benchmark({
      ...{ data, out, tasks, seeds, resume, signal },
      start: (seed) => startModel(options, seed, signal),
      how: {
        ...how,
        onEvent,
        ...(epochs === undefined ? {} : { epochs }),
        ...(holdOut === undefined ? {} : { holdOut }),
      },
      settings: { model, preset, variant, hash, tokenizer, maxLength },
      say: (line) => quiet || process.stderr.write(`${line}\n`),
    }),
  );
  if (options.json)
    process.stdout.write(`${JSON.stringify({ ...results, scores: scoresOf(results) }, null, 2)}\n`);
  else process.stdout.write(describe(results, out));
  if (signal.aborted)
    sayHowToGoOn(words, `stopped; ${results.runs.length} runs are done and the last is saved`);
}

export function define(command: Command, context: Context): void {
  addStartOptions(command)
    .requiredOption('--data <dir>', "folder with the tasks' folders")
    .option('--tasks <names>', 'with commas between them (default: all that the folder has)', taskNames)
    .option('--seeds <n>', 'how many, from --seed on', wholeNumber(1, 1000), 3)
    .addOption(
      new Option('--hold-out <share>', 'measure the model that is best on this share of train').argParser(
        decimal((x) => x > 0 && x < 1, 'a number between 0 and 1'),
      ),
    );
  addTrainingOptions(command)
    .addHelpText('after', HELP)
    .action((options: Options) => run(options, context));
}
