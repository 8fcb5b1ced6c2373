import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { OBJECTIVE_NAMES, type ObjectiveName } from '../train/objective/objectives.ts';
import { PRETRAIN_SCHEDULE, type PretrainResult, pretrain } from '../train/pretrain.ts';
import { REPORT_FILE } from '../train/report/events.ts';
import { duration, figure, grouped, spaced } from '../train/report/words.ts';
import { decimal, wholeNumber } from './common-options.ts';
import type { Context } from './context.ts';
import { aligned } from './report.ts';
import {
  addStartOptions,
  addTrainingOptions,
  START_HELP,
  type StartOptions,
  settingsOf,
  startModel,
  type TrainingOptions,
} from './training-options.ts';
import { sayHowToGoOn, withProgress } from './training-run.ts';

interface Options extends StartOptions, TrainingOptions {
  data: string[];
  objective: ObjectiveName;
  steps?: number;
  batchTokens?: number;
  holdOut?: number;
}

const HELP = `${START_HELP}

--data is text, one paragraph a line: files (.txt, .txt.gz, .txt.xz), folders of
them, or patterns in quotes; it may be larger than memory, and takes its
uncompressed size on disk while the run goes on. Objectives, none of which needs
a vocabulary:
  signature        15% of the tokens are hidden; their hash bits are predicted
  shuffled-random  the paper's: 10% are shuffled, 10% random; which are they?
  both             both, on different tokens, losses added
A small part of the corpus is held out, and measured as the run goes on.

The learning rate goes by the model's width: 2e-3 up to 128, 6e-4 up to 256, 2e-4
up to 512, 1e-4 above; it rises in the first 6% of the steps and then falls to 0.

What a stopped run goes on from is in DIR/last, the best model by the text held
out in DIR/best: both are ordinary models. Ctrl-C saves and stops; the same
command with --resume ends with the same weights as a run that was never stopped.

Examples:
  $ hashformer pretrain --data corpus.txt.xz --preset tiny -o ./pretrained
  $ hashformer pretrain --data "wiki/*.txt.gz" --preset mini --objective both
      --steps 20000 --batch-tokens 16384 --workers 4 -o ./pretrained
  $ hashformer finetune --model ./pretrained/best --train train.csv -o ./run`;

/** What the command prints when all is done. */
function describe({ out }: Options, result: PretrainResult): string {
  const { reason, steps, plannedSteps, seconds, best, final } = result;
  const model = join(out, best === null ? 'last' : 'best');
  const early = reason === 'stopped early' ? `, stopped early of ${grouped(plannedSteps)}` : '';
  const rows = [['steps', `${grouped(steps)}${early}, ${duration(seconds)}`]];
  if (best !== null && final !== null) {
    const all = Object.entries(final.metrics).map(([name, value]) => `${spaced(name)} ${figure(value)}`);
    rows.push(['best dev loss', figure(best)], ['dev', all.join(', ')]);
  }
  rows.push(['model', model], ['report', join(out, REPORT_FILE)]);
  rows.push(['next', `hashformer finetune --model ${model} --train train.csv -o ./run`]);
  return aligned(rows, 2);
}

function toJson({ out }: Options, result: PretrainResult): string {
  const { reason, steps, plannedSteps, seconds, best, evaluation, final } = result;
  const told = { reason, steps, plannedSteps, seconds, best, metrics: final?.metrics ?? null };
  const last = evaluation?.metrics ?? null;
  const folder = join(out, best === null ? 'last' : 'best');
  return `${JSON.stringify({ ...told, last, out, model: folder, report: join(out, REPORT_FILE) }, null, 2)}\n`;
}

async function run(options: Options, { signal, words }: Context): Promise<void> {
  const { data, objective, steps, epochs, batchTokens, holdOut, out, quiet } = options;
  const settings = settingsOf(options, PRETRAIN_SCHEDULE);
  const start = await startModel(options, options.seed ?? 0, signal);
  const result = await withProgress(quiet, (onEvent) =>
    pretrain({
      ...settings,
      ...start,
      ...{ data, objective, signal, onEvent },
      ...(steps === undefined ? {} : { steps }),
      ...(epochs === undefined ? {} : { epochs }),
      ...(batchTokens === undefined ? {} : { batchTokens }),
      ...(holdOut === undefined ? {} : { holdOut }),
    }),
  );
  result.model.dispose();
  if (result.reason === 'interrupted') {
    const where = `stopped after step ${grouped(result.steps)}; the checkpoint is in ${join(out, 'last')}`;
    if (result.steps > 0) sayHowToGoOn(words, where);
    else process.stderr.write('hashformer: stopped before the first step; nothing was saved\n');
  }
  if (options.json) process.stdout.write(toJson(options, result));
  else if (result.reason !== 'interrupted') process.stdout.write(describe(options, result));
}

export function define(command: Command, context: Context): void {
  addStartOptions(command)
    .requiredOption('--data <paths...>', 'text to train on, one paragraph a line')
    .addOption(
      new Option('--objective <name>', 'what is learnt').choices(OBJECTIVE_NAMES).default('signature'),
    )
    .addOption(
      new Option('--steps <n>', 'steps of the whole run').argParser(wholeNumber(1)).conflicts('epochs'),
    )
    .addOption(
      new Option('--batch-tokens <n>', 'tokens of a step, instead of --batch-size')
        .argParser(wholeNumber(1))
        .conflicts('batchSize'),
    )
    .option(
      '--hold-out <share>',
      'share of the corpus that is measured on (default: 0.01, at most 128 KiB)',
      decimal((x) => x >= 0 && x < 1, 'a number from 0 to below 1'),
    );
  addTrainingOptions(command, {
    epochs: 1,
    batchSize: 64,
    examples: 'sequences',
    schedule: PRETRAIN_SCHEDULE.kind,
  })
    .addHelpText('after', HELP)
    .action((options: Options) => run(options, context));
}
