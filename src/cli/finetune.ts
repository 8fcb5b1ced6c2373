import { type Command, Option } from 'commander';
import type { Task } from '../train/data/task.ts';
import { FINETUNE_SCHEDULE, finetune } from '../train/finetune.ts';
import { METRICS } from '../train/metric/measure.ts';
import { decimal } from './common-options.ts';
import type { Context } from './context.ts';
import {
  addDataOptions,
  addStartOptions,
  addTrainingOptions,
  DATA_HELP,
  type DataOptions,
  dataOf,
  namesOf,
  RATE_HELP,
  START_HELP,
  type StartOptions,
  settingsOf,
  startModel,
  type TrainingOptions,
} from './training-options.ts';
import { sayResult } from './training-result.ts';
import { withProgress } from './training-run.ts';

interface Options extends StartOptions, DataOptions, TrainingOptions {
  train: string;
  dev?: string;
  holdOut?: number;
  classWeights?: 'balanced';
  metric?: string;
}

const HELP = `${START_HELP}
${DATA_HELP}
${RATE_HELP}

The best model by the dev data is in DIR/best, what a stopped run goes on from in
DIR/last: both are ordinary models. Ctrl-C saves and stops; the same command with
--resume goes on and ends with the same weights as a run that was never stopped.

Examples:
  $ hashformer finetune --preset tiny --train train.csv --dev dev.csv -o ./run
  $ hashformer finetune --model ./pretrained --train a.tsv --hold-out 0.1 -o ./run
  $ hashformer finetune --model sentence --train sts.csv --task regression
      --text-column sentence1 --text-pair-column sentence2 --label-column score
      --dev sts-dev.csv --metric spearman -o ./sts
  $ nohup hashformer finetune --preset mini --train a.csv --workers 2 -o ./run &`;

/** What to type when all is done. */
function nextOf({ train }: Options, model: string, task: Task): string {
  return task === 'token-classification'
    ? `hashformer evaluate --model ${model} --data ${train} --task token-classification`
    : `hashformer classify --model ${model} "a text"`;
}

async function run(options: Options, { signal, words }: Context): Promise<void> {
  const { task = 'text-classification', train, dev, holdOut, classWeights, metric, epochs } = options;
  const labels = namesOf(options.labels);
  const settings = settingsOf(options, FINETUNE_SCHEDULE);
  const start = await startModel(options, options.seed ?? 0, signal);
  const { columns, format } = dataOf(options);
  const result = await withProgress(options.quiet, (onEvent) =>
    finetune({
      ...settings,
      ...start,
      ...{ task, train, columns, format, signal, onEvent },
      ...(dev === undefined ? {} : { dev }),
      ...(holdOut === undefined ? {} : { holdOut }),
      ...(labels === undefined ? {} : { labels }),
      ...(epochs === undefined ? {} : { epochs }),
      ...(classWeights === undefined ? {} : { classWeights }),
      ...(metric === undefined ? {} : { metric }),
    }),
  );
  sayResult(options, words, result, (model) => nextOf(options, model, task));
}

export function define(command: Command, context: Context): void {
  addStartOptions(command)
    .requiredOption('--train <file>', 'labelled texts to learn from')
    .option('--dev <file>', 'labelled texts that the best model is chosen by')
    .addOption(
      new Option('--hold-out <share>', 'without --dev: a share of --train for that')
        .argParser(decimal((x) => x > 0 && x < 1, 'a number between 0 and 1'))
        .conflicts('dev'),
    );
  addTrainingOptions(addDataOptions(command))
    .addOption(
      new Option('--metric <name>', "what the best model is chosen by (default: the task's first)").choices([
        ...new Set([...Object.values(METRICS).flat(), 'loss']),
      ]),
    )
    .addOption(
      new Option('--class-weights <how>', 'make all classes count alike in the loss').choices(['balanced']),
    )
    .addHelpText('after', HELP)
    .action((options: Options) => run(options, context));
}
