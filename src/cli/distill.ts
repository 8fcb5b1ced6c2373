import { type Command, Option } from 'commander';
import { INPUT_FORMATS, type InputFormat } from '../data/format.ts';
import { HashformerError } from '../errors.ts';
import { DISTILL_SCHEDULE, type DistillOptions, distill } from '../train/distill.ts';
import type { FinetuneResult } from '../train/finetune.ts';
import { PRESETS, type Preset } from '../train/presets.ts';
import { grouped } from '../train/report/words.ts';
import { decimal } from './common-options.ts';
import type { Context } from './context.ts';

import { createBar } from './progress.ts';
import {
  addDataOptions,
  addFreshOptions,
  addTrainingOptions,
  type DataOptions,
  dataOf,
  given,
  type StartOptions,
  settingsOf,
  startModel,
  type TrainingOptions,
} from './training-options.ts';
import { sayResult } from './training-result.ts';
import { sayHowToGoOn, withProgress } from './training-run.ts';

interface Options
  extends Omit<StartOptions, 'model' | 'preset'>,
    Omit<DataOptions, 'task' | 'labels'>,
    TrainingOptions {
  teacher?: string;
  student: string;
  outputs?: string;
  train?: string;
  data?: string[];
  dataFormat?: InputFormat;
  dev?: string;
  holdOut?: number;
  target?: DistillOptions['target'];
  loss?: DistillOptions['loss'];
  temperature?: number;
  labelWeight?: number;
  metric?: string;
}

const HELP = `
A small model learns to put out what a large one does: the logits of a classifier
(--target logits), or sentence vectors (--target embeddings, projected to the
teacher's width). It learns from labelled texts (--train), whose labels count a
little too, and from any texts at all (--data): .txt with one text a line, or a
column of .csv, .tsv, .jsonl or .parquet. With --dev, or --hold-out, the best model
is chosen by metrics of the labels or, where there are none, by "loss", how far it
is from the teacher.

--student is a model's folder, or fresh weights of a size: tiny, mini, small,
medium, base, as in "hashformer finetune --help". The teacher is a folder, such as
one that "hashformer finetune" wrote, or a BERT. What it puts out is kept in
--outputs, in float16, 4,096 texts a file: what is there is not computed again,
for other students or when a run was stopped, and needs no --teacher.

The best model is in DIR/best. The same command with --resume goes on with a run
that was stopped, and ends with the same weights as one that was not.

Examples:
  $ hashformer finetune --model ./minilm --train train.tsv --hold-out 0.02 -o ./teacher
  $ hashformer distill --teacher ./teacher/best --student tiny --train train.tsv \\
      --data reviews.txt --hold-out 0.05 --outputs ./outputs -o ./student
  $ hashformer distill --teacher sentence --student tiny --target embeddings \\
      --data sentences.txt --hold-out 0.02 -o ./sentences`;

/** The student, and what reports call it. */
async function startStudent({ student, ...options }: Options, seed: number, signal: AbortSignal) {
  const isPreset = (PRESETS as readonly string[]).includes(student);
  const named = isPreset ? { preset: student as Preset } : { model: student };
  const { variant, hash, tokenizer, maxLength } = options;
  const start = await startModel(
    { ...given({ variant, hash, tokenizer, maxLength }), ...named },
    seed,
    signal,
  );
  return { student: start.model, studentName: start.modelName!, ...given({ maxLength }) };
}

/** Shows what the teacher has answered, on a terminal. */
async function teacherProgress(quiet: boolean | undefined) {
  const bar =
    quiet || !process.stderr.isTTY
      ? null
      : await createBar('teacher {bar} {value}/{total} texts', process.stderr);
  const progress = { done: 0, total: 0 };
  return {
    progress,
    update: (done: number, total: number) => {
      if (progress.total === 0) bar?.start(total, 0, {});
      Object.assign(progress, { done, total });
      bar?.update(done, {});
      if (done === total) bar?.stop();
    },
    stop: () => bar?.stop(),
  };
}

async function run(options: Options, { signal, words }: Context): Promise<void> {
  const { teacher, outputs, train, data, dev, holdOut, target, loss, temperature, labelWeight, metric } =
    options;
  const settings = settingsOf(options, DISTILL_SCHEDULE);
  const start = await startStudent(options, options.seed ?? 0, signal);
  const { columns, format } = dataOf(options);
  const source = teacher === undefined ? undefined : teacher;
  const { progress, update: onTeacher, stop } = await teacherProgress(options.quiet);
  const unlabelled =
    data === undefined
      ? undefined
      : { files: data, ...given({ format: options.dataFormat, textColumn: options.textColumn }) };
  let result: FinetuneResult;
  try {
    result = await withProgress(options.quiet, (onEvent) =>
      distill({
        ...settings,
        ...start,
        ...{ columns, format, signal, onEvent, onTeacher },
        ...given({ teacher: source, outputs, train, unlabelled, dev, holdOut, target, loss, temperature }),
        ...given({ labelWeight, metric, epochs: options.epochs }),
      } as DistillOptions),
    );
  } catch (error) {
    stop();
    if (error instanceof HashformerError && error.code === 'aborted') {
      const { done, total } = progress;
      const kept =
        outputs === undefined || done === 0 ? 'nothing was saved' : `what it said is in ${outputs}`;
      const answered = total === 0 ? '' : ` after ${grouped(done)} of ${grouped(total)} texts`;
      sayHowToGoOn(words, `the teacher was stopped${answered}; ${kept}`);
    }
    throw error;
  }
  const command = target === 'embeddings' ? 'embed' : 'classify';
  sayResult(options, words, result, (model) => `hashformer ${command} --model ${model} "a text"`);
}

export function define(command: Command, context: Context): void {
  command
    .option('--teacher <source>', 'model to learn from: a folder, an address, sentiment or sentence')
    .requiredOption('--student <model>', `model that learns: a folder, or one of ${PRESETS.join(', ')}`)
    .option('--outputs <dir>', "folder of the teacher's outputs, read and completed")
    .option('--train <file>', 'labelled texts')
    .option('--data <files...>', 'texts without labels')
    .addOption(new Option('--data-format <format>', 'of --data, whatever its ending').choices(INPUT_FORMATS))
    .option('--dev <file>', 'labelled texts that the best model is chosen by')
    .addOption(
      new Option('--hold-out <share>', 'without --dev: a share of --train, else of --data, for that')
        .argParser(decimal((x) => x > 0 && x < 1, 'a number between 0 and 1'))
        .conflicts('dev'),
    )
    .addOption(
      new Option('--target <what>', 'what is learnt of the teacher (default: logits)').choices([
        'logits',
        'embeddings',
      ]),
    )
    .addOption(
      new Option('--loss <name>', 'between logits (default: squared-error, of centred ones)').choices([
        'squared-error',
        'kl',
      ]),
    )
    .option(
      '--temperature <x>',
      'of --loss kl (default: 2)',
      decimal((x) => x > 0, 'a number above 0'),
    )
    .option(
      '--label-weight <x>',
      'what the labels of --train count for (default: 0.3)',
      decimal((x) => x >= 0, 'a number from 0'),
    )
    .option('--metric <name>', 'what the best model is chosen by (default: accuracy, without labels loss)');
  addFreshOptions(command, 'a --student of a size');
  addDataOptions(command, { tasks: false, labelled: '--train and --dev' });
  addTrainingOptions(command, {
    epochs: 4,
    batchSize: 128,
    examples: 'texts',
    schedule: DISTILL_SCHEDULE.kind,
  })
    .addHelpText('after', HELP)
    .action((options: Options) => run(options, context));
}
