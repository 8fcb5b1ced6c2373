// Options of the commands that train, and what becomes of them.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { HASHES, type Hash } from '../architecture/hashes.ts';
import { VARIANTS, type Variant } from '../architecture/variants.ts';
import { INPUT_FORMATS, type InputFormat } from '../data/format.ts';
import { HashformerError } from '../errors.ts';
import type { Source } from '../model/source.ts';
import { TIERS, type Tier } from '../runtime/tier.ts';
import { checkTask, TASKS, type Task } from '../train/data/task.ts';
import { SCHEDULES, type Schedule } from '../train/engine/schedule.ts';
import { FINETUNE_SCHEDULE, type FinetuneOptions } from '../train/finetune.ts';
import { PRESETS, type Preset } from '../train/presets.ts';
import type { RunSettings } from '../train/settings.ts';
import { decimal, wholeNumber } from './common-options.ts';
import { freshModel } from './fresh-model.ts';

/** Where the model comes from. */
export interface StartOptions {
  model?: string;
  preset?: Preset;
  variant?: Variant;
  hash?: Hash;
  tokenizer?: string;
  maxLength?: number;
}

/** How it is trained. */
export interface TrainingOptions {
  out: string;
  resume?: boolean;
  epochs?: number;
  batchSize?: number;
  learningRate?: number;
  schedule?: Schedule['kind'];
  warmup?: number;
  cycles?: number;
  weightDecay?: number;
  dropout?: number;
  clipNorm?: number;
  seed?: number;
  workers?: number;
  tier?: Tier;
  recompute?: boolean;
  evaluateEvery?: number;
  patience?: number;
  quiet?: boolean;
  json?: boolean;
}

/** Labelled texts. */
export interface DataOptions {
  task?: Task;
  textColumn?: string;
  textPairColumn?: string;
  labelColumn?: string;
  labels?: string;
  inputFormat?: InputFormat;
  delimiter?: string;
  header: boolean;
  quotes: boolean;
  skipUneven?: boolean;
}

export const START_HELP = `
--model is a folder or an address, or "sentiment" or "sentence", which are built
in. --preset starts from nothing: tiny is 2 layers x 128, mini 4 x 256, small
4 x 512, medium 8 x 512, base 12 x 768, with hashed n-grams (ngram) unless
--variant says otherwise. --variant vocab --tokenizer tokenizer.json makes an
ordinary model with a vocabulary to compare with.`;

export const RATE_HELP = `
The learning rate goes by the model's width: 1e-3 up to 128, 3e-4 up to 256, 1e-4
up to 512, 5e-5 above. Its schedule is the paper's, cosine with 5 restarts after
6% of warm-up. The same command gives the same weights, to the bit; --seed and
--workers change them.`;

export const DATA_HELP = `
Files end in .csv, .tsv, .jsonl or .parquet. Labels are found by themselves: the
column is the one named, else "label", "class", "sentiment", … or the only one
beside the texts. Rows without a text or a label are counted and skipped.`;

export function addStartOptions(command: Command): Command {
  command
    .option('-m, --model <source>', 'model to start from')
    .addOption(
      new Option('--preset <name>', 'start from fresh weights of this size')
        .choices(PRESETS)
        .conflicts('model'),
    );
  return addFreshOptions(command);
}

/**
 * Of models with fresh weights.
 *
 * @param preset what they go with
 */
export function addFreshOptions(command: Command, preset = '--preset'): Command {
  return command
    .addOption(new Option('--variant <name>', `how tokens are embedded (with ${preset})`).choices(VARIANTS))
    .addOption(new Option('--hash <name>', `hash function (with ${preset})`).choices(HASHES))
    .option('--tokenizer <path>', `tokenizer.json that lsh and vocab need (with ${preset})`)
    .option('--max-length <n>', 'most tokens of a text, special ones included', wholeNumber(4, 65_536));
}

/** What help says of options that are not given. */
interface TrainingDefaults {
  readonly epochs: number;
  readonly batchSize: number;
  /** What a step has some of. */
  readonly examples: string;
  readonly schedule: Schedule['kind'];
}

const FINETUNING: TrainingDefaults = {
  epochs: 3,
  batchSize: 32,
  examples: 'examples',
  schedule: FINETUNE_SCHEDULE.kind,
};

export function addTrainingOptions(
  command: Command,
  { epochs, batchSize, examples, schedule }: TrainingDefaults = FINETUNING,
): Command {
  return command
    .requiredOption('-o, --out <dir>', 'folder of the run: checkpoints, metrics.jsonl, report.html')
    .option('--resume', 'go on with the run in that folder')
    .option('--epochs <n>', `passes over the training data (default: ${epochs})`, wholeNumber(1, 10_000))
    .option('--batch-size <n>', `${examples} of a step (default: ${batchSize})`, wholeNumber(1, 2 ** 20))
    .option(
      '--learning-rate <x>',
      "highest learning rate (default: by the model's width)",
      decimal((x) => x > 0, 'a number above 0'),
    )
    .addOption(new Option('--schedule <name>', `how it goes (default: ${schedule})`).choices([...SCHEDULES]))
    .option(
      '--warmup <x>',
      'steps in which it rises, or below 1 their share (default: 0.06)',
      decimal((x) => x >= 0 && (x < 1 || Number.isInteger(x)), 'a share below 1, or a whole number of steps'),
    )
    .option(
      '--cycles <x>',
      'waves of a cosine (default: 5, without restarts 0.5)',
      decimal((x) => x > 0, 'a number above 0'),
    )
    .option(
      '--weight-decay <x>',
      'of weights, not of biases (default: 0.01)',
      decimal((x) => x >= 0, 'a number from 0'),
    )
    .option(
      '--dropout <x>',
      'share of numbers that are dropped (default: 0.1)',
      decimal((x) => x >= 0 && x < 1, 'a number from 0 to below 1'),
    )
    .option(
      '--clip-norm <x>',
      'largest norm of all gradients (default: 1)',
      decimal((x) => x > 0, 'a number above 0'),
    )
    .option('--seed <n>', 'of fresh weights, order and dropout (default: 0)', wholeNumber(0, 2 ** 32 - 1))
    .option('--workers <n>', 'threads that compute together (default: 1)', wholeNumber(1, 256))
    .addOption(new Option('--tier <name>', 'build of the WebAssembly module').choices(TIERS))
    .option('--recompute', 'less memory for a third more time')
    .option(
      '--evaluate-every <n>',
      'steps between evaluations and checkpoints (default: a tenth of an epoch, at least 50)',
      wholeNumber(1),
    )
    .option('--patience <n>', 'evaluations without an improvement after which to stop', wholeNumber(1))
    .option('--quiet', 'no progress')
    .option('--json', 'print the result as one JSON object');
}

/** Parses a task, also by the name that it had once, for commander. */
function taskNamed(value: string): Task {
  try {
    return checkTask('The task', value);
  } catch {
    throw new InvalidArgumentError(`Allowed choices are ${TASKS.join(', ')}.`);
  }
}

/**
 * @param tasks whether the command can learn other things than classes
 * @param labelled what holds labelled data
 */
export function addDataOptions(command: Command, { tasks = true, labelled = 'files' } = {}): Command {
  if (tasks) {
    command
      .addOption(
        new Option('--task <name>', 'what is to be told of a text').choices(TASKS).argParser(taskNamed),
      )
      .option('--labels <names>', 'names of the labels, with commas between them, in their order');
  }
  return command
    .option('--text-column <name>', 'column that holds the texts')
    .option('--text-pair-column <name>', 'column that holds the second texts of pairs')
    .option('--label-column <name>', 'column that holds the labels')
    .addOption(
      new Option('--input-format <format>', `of ${labelled}, whatever their ending`).choices(
        INPUT_FORMATS.filter((format) => format !== 'txt'),
      ),
    )
    .option('--delimiter <character>', 'between the columns of a CSV file (default: ",", of .tsv a tab)')
    .option('--no-header', 'the CSV file has none: its columns are called 1, 2, …')
    .option('--no-quotes', 'quotes in the CSV file are characters like others')
    .option('--skip-uneven', 'skip rows of CSV with too few or too many columns');
}

/** What is given of an object. */
export function given<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

const PRESET_ONLY = ['variant', 'hash', 'tokenizer'] as const;

/**
 * The model to start from, and what reports call it.
 *
 * @throws HashformerError `argument`: none is named, or options that do not go with it
 */
export async function startModel(
  options: StartOptions,
  seed: number,
  signal: AbortSignal,
): Promise<Pick<FinetuneOptions, 'model' | 'modelName' | 'maxLength'>> {
  checkStart(options);
  const { model, preset, maxLength, ...more } = options;
  if (preset === undefined) {
    return { model: model!, modelName: model!, ...given({ maxLength }) } as never;
  }
  const { variant, hash, tokenizer } = more;
  const fresh: Source = await freshModel(preset, { variant, hash, tokenizer, maxLength }, seed, signal);
  const name = [preset, variant, hash].filter((part) => part !== undefined).join(', ');
  return { model: fresh, modelName: `preset ${name}`, ...given({ maxLength }) } as never;
}

export function checkStart({ model, preset, ...more }: StartOptions): void {
  if (model === undefined && preset === undefined) {
    throw new HashformerError('argument', `Name a --model, or a --preset: ${PRESETS.join(', ')}.`);
  }
  const stray = PRESET_ONLY.find((name) => model !== undefined && more[name] !== undefined);
  if (stray !== undefined) {
    throw new HashformerError(
      'argument',
      `--${stray} goes with --preset; a model that is there has its own.`,
    );
  }
}

/** @throws HashformerError `argument` */
export function settingsOf(options: TrainingOptions, schedule: Omit<Schedule, 'steps'>): RunSettings {
  const { out, resume, batchSize, dropout, clipNorm, seed, workers, tier, recompute } = options;
  const { learningRate, weightDecay, evaluateEvery, patience, warmup, cycles } = options;
  const kind = options.schedule ?? schedule.kind;
  if (cycles !== undefined && !kind.startsWith('cosine')) {
    throw new HashformerError('argument', `--cycles goes with cosine schedules, and this is ${kind}.`);
  }
  const waves =
    cycles ?? (kind === schedule.kind ? schedule.cycles : kind === 'cosine-restarts' ? 5 : undefined);
  return given({
    ...{ out, resume, batchSize, dropout, clipNorm, seed, workers, tier, recompute, evaluateEvery, patience },
    optimizer: given({ learningRate, weightDecay }),
    schedule: given({ kind, warmup: warmup ?? schedule.warmup, cycles: waves }),
  }) as RunSettings;
}

/** Names with commas between them. */
export function namesOf(list: string | undefined): string[] | undefined {
  return list?.split(',').map((name) => name.trim());
}

/** How a data set is read. */
export function dataOf(options: DataOptions) {
  const { textColumn: text, textPairColumn: textPair, labelColumn: label } = options;
  const { inputFormat: format, delimiter, header, quotes, skipUneven } = options;
  return {
    columns: given({ text, textPair, label }) as FinetuneOptions['columns'] & object,
    format: given({ format, delimiter, header, quotes, skipUneven }) as FinetuneOptions['format'] & object,
  };
}
