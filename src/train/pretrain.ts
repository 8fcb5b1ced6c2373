import { place } from '#place';
import { runtime } from '#runtime';
import type { HashFormerConfig } from '../architecture/config.ts';
import { checkInteger, checkNumber, checkOneOf, checkOptions, namesOf } from '../arguments.ts';
import { HashformerError } from '../errors.ts';
import { checkSize } from '../model/create.ts';
import type { ModelFiles, TokenizerSource } from '../model/model-files.ts';
import { readConfig } from '../model/read-config.ts';
import { freshModel } from '../model/save.ts';
import { readSource, type Source } from '../model/source.ts';
import { show } from '../show.ts';
import { instantiateModule } from '../wasm/module.ts';
import { openMemory } from './corpus/memory-corpus.ts';
import type { Passages } from './corpus/passages.ts';
import { type CorpusPosition, divide, sequencesFrom, sequencesPerEpoch } from './corpus/sequences.ts';
import { createTokenReader } from './corpus/token-reader.ts';
import { Learner } from './engine/learner.ts';
import { Corruption } from './objective/corruption.ts';
import { OBJECTIVE_NAMES, OBJECTIVES, type ObjectiveName } from './objective/objectives.ts';
import { createProbe } from './objective/probe.ts';
import { PLACE_LABELS } from './objective/shuffled-random.ts';
import { defaultLearningRate, PRESETS, type Preset, type PresetOptions, presetConfig } from './presets.ts';
import { grouped } from './report/words.ts';
import { type Conducted, conduct } from './run/conduct.ts';
import { describeRun } from './run/describe-run.ts';
import { inRun } from './run/in-run.ts';
import type { Plan } from './run/run.ts';
import type { RunStore } from './run/run-store.ts';
import {
  type CompleteSettings,
  checkMaxLength,
  completeSettings,
  learnerOptions,
  RUN_SETTINGS,
  type RunSettings,
} from './settings.ts';

/** Text files (.gz and .xz too), folders of them or patterns, one paragraph a line; or texts in memory. */
export type CorpusSource = string | readonly string[] | { readonly texts: readonly string[] };

export interface PretrainOptions extends RunSettings, PresetOptions {
  readonly data: CorpusSource;
  /** Size of a new model, whose `variant` and `hash` may be given too; default `tiny`. */
  readonly preset?: Preset;
  /** The tokenizer.json that the hash `lsh` and the variant `vocab` of a new model need. */
  readonly tokenizer?: TokenizerSource;
  /** A model to go on from, instead of a new one. */
  readonly model?: Source;
  /** What reports call it; default: its path or address. */
  readonly modelName?: string;
  /** Default `signature`. */
  readonly objective?: ObjectiveName;
  /** Steps of the whole run. */
  readonly steps?: number;
  /** Instead: passes over the corpus; default 1. How many steps they take is estimated for a large corpus. */
  readonly epochs?: number;
  /** Tokens of a step, instead of sequences (`batchSize`, default 64). */
  readonly batchTokens?: number;
  /** Share of the corpus that is kept out of training to measure on; default 0.01, at most 128 KiB. 0: none. */
  readonly holdOut?: number;
}

const OPTIONS = [
  ...RUN_SETTINGS,
  ...namesOf<Omit<PretrainOptions, keyof RunSettings>>({
    data: true,
    preset: true,
    variant: true,
    hash: true,
    maxLength: true,
    tokenizer: true,
    model: true,
    modelName: true,
    objective: true,
    steps: true,
    epochs: true,
    batchTokens: true,
    holdOut: true,
  }),
];

/** A finished run, and its model. */
export type PretrainResult = Conducted;

/** Rises in the first 6% of the steps and then falls to 0. */
export const PRETRAIN_SCHEDULE = { kind: 'linear', warmup: 0.06 } as const;
/** Where the model does not matter; the learning rate is twice what fine-tuning takes: for 768 BERT's 1e-4. */
const DEFAULTS = { batchSize: 64, learningRate: 1e-4, schedule: PRETRAIN_SCHEDULE };
const UNMEASURED =
  'Nothing is held out of the corpus: no model is chosen as the best, and no accuracy is measured.';
/** Passages that are held out at most: 4 KiB each. */
const MOST_HELD = 32;

/**
 * Trains a model on text alone: what `hashformer pretrain` calls.
 *
 * @throws HashformerError `argument`, `source`: text that cannot be learnt from; `numeric`; or as HashFormer.load()
 */
export async function pretrain(given: PretrainOptions): Promise<PretrainResult> {
  const options = checkOptions<PretrainOptions>(given, OPTIONS);
  const { objective = 'signature', holdOut = 0.01 } = options;
  checkOneOf('The objective', objective, OBJECTIVE_NAMES);
  checkNumber('The share that is held out', holdOut, (x) => x >= 0 && x < 1, 'a number from 0 to below 1');
  checkLengths(options);
  completeSettings(options, DEFAULTS);
  return inRun<CorpusPosition, PretrainResult>(options, async (folder) => {
    const files = (await folder?.model()) ?? (await startingModel(options));
    const corpus = await openCorpus(options);
    try {
      return await pretrainOn(corpus, files, folder, { ...options, objective, holdOut });
    } finally {
      await corpus.close();
    }
  });
}

type Complete = PretrainOptions & Required<Pick<PretrainOptions, 'objective' | 'holdOut'>>;

async function pretrainOn(
  corpus: Passages,
  files: ModelFiles,
  folder: RunStore<CorpusPosition> | undefined,
  options: Complete,
): Promise<PretrainResult> {
  const { tier, maxLength } = options;
  const objective = OBJECTIVES[options.objective];
  const heads = objective.lessons.map(({ head }) => head);
  const before = await readConfig(files.config);
  checkMaxLength('The most tokens of a sequence', maxLength, before);
  const config = configForHeads(before, heads, maxLength);
  const settings = completeSettings(options, {
    ...DEFAULTS,
    learningRate: 2 * defaultLearningRate(config.hidden_size),
  });
  const { seed, workers } = settings;
  const description = describe(options, settings, corpus);
  folder?.setOptions(description);
  const reader = await createTokenReader(config, files.tokenizer);
  const division = divide(corpus.passages, options.holdOut, seed, MOST_HELD);
  const perEpoch = await sequencesPerEpoch(corpus, reader, division, seed);
  const { batchTokens } = options;
  const batchSize =
    batchTokens === undefined ? settings.batchSize : Math.max(1, Math.floor(batchTokens / reader.maxLength));
  const stepsPerEpoch = Math.max(1, Math.ceil(perEpoch / batchSize));
  const steps = options.steps ?? stepsPerEpoch * (options.epochs ?? 1);

  const how = learnerOptions(settings, tier, steps);
  const learner = await Learner.create(files, (given) => configForHeads(given, heads, maxLength), heads, how);
  const plan = async (): Promise<Plan<CorpusPosition>> => {
    const corruption = new Corruption(objective, learner, reader, seed);
    const load = async (path: string) => Learner.create(await readSource(path), (given) => given, heads, how);
    const probe = await createProbe(corpus, reader, division.held, corruption, learner, objective, load);
    return {
      run: 'pretrain',
      steps,
      from: async function* (position) {
        let group = [];
        const sequences = sequencesFrom(corpus, reader, division, seed, position);
        for await (const { tokens, at, next, passes } of sequences) {
          group.push({ tokens, name: `${at.epoch} ${at.place.passage} ${at.place.paragraph} ${at.token}` });
          if (group.length < batchSize) continue;
          yield { ...(await corruption.corrupt(group, workers)), epoch: passes, next };
          group = [];
        }
      },
      ...probe?.plan,
      data: [
        `corpus: ${grouped(corpus.paragraphs)} paragraphs, ${grouped(corpus.bytes)} bytes`,
        `train: about ${grouped(perEpoch)} sequences of up to ${reader.maxLength} tokens an epoch`,
        ...(probe === undefined ? [] : [probe.description]),
      ],
      notes: probe === undefined ? [UNMEASURED] : [],
    };
  };
  return conduct(options, {
    learner,
    heads,
    how,
    settings,
    stepsPerEpoch,
    config: description,
    folder,
    plan,
  });
}

function checkLengths({ steps, epochs, batchSize, batchTokens }: PretrainOptions): void {
  if (steps !== undefined) checkInteger('The number of steps', steps, 1, 2 ** 31);
  if (epochs !== undefined) checkInteger('The number of epochs', epochs, 1, 10_000);
  if (batchTokens !== undefined) checkInteger('The tokens of a batch', batchTokens, 1, 2 ** 31);
  if (steps !== undefined && epochs !== undefined) {
    throw new HashformerError('argument', 'Give the number of steps or of epochs, not both.');
  }
  if (batchSize !== undefined && batchTokens !== undefined) {
    throw new HashformerError('argument', 'Give the sequences of a batch or its tokens, not both.');
  }
}

async function openCorpus({ data, out, signal }: PretrainOptions): Promise<Passages> {
  if (typeof data === 'object' && 'texts' in data) return openMemory(data.texts);
  const operands = typeof data === 'string' ? [data] : data;
  if (
    !Array.isArray(operands) ||
    operands.length === 0 ||
    !operands.every((path) => typeof path === 'string')
  ) {
    throw new HashformerError(
      'argument',
      `The data must be paths of text files, or { texts }, but are ${show(data)}.`,
    );
  }
  return place.openCorpus(operands, out, signal ?? new AbortController().signal);
}

/** The model that the run begins with: one that is there, or a new one. */
async function startingModel(options: PretrainOptions): Promise<ModelFiles> {
  const { model, preset = 'tiny', variant, hash, maxLength, tokenizer, seed = 0, signal } = options;
  if (model !== undefined) {
    if ([options.preset, variant, hash, tokenizer].every((option) => option === undefined)) {
      return readSource(model, signal);
    }
    throw new HashformerError(
      'argument',
      'A model that is there has its preset, variant, hash and tokenizer: give none of them.',
    );
  }
  checkOneOf('The preset', preset, PRESETS);
  const fields = presetConfig(preset, { variant, hash, maxLength });
  if (variant === 'vocab') {
    const { readTokenizer } = await import('../model/tokenizer-file.ts');
    const json = await readTokenizer(tokenizer, 'The variant "vocab", which looks tokens up,', runtime.read);
    const { vocabularySize } = await import('../tokenizer/tokenizer-json.ts');
    fields.vocab_size = vocabularySize(json);
  }
  const config = await readConfig(fields);
  await checkSize(config);
  const { exports } = await instantiateModule();
  return readSource(freshModel(config, seed, tokenizer, exports), signal);
}

/** config.json of a model with these heads: the token head tells shuffled, random and unchanged tokens apart. */
function configForHeads(
  config: HashFormerConfig,
  heads: readonly string[],
  maxLength?: number,
): HashFormerConfig {
  const known = PLACE_LABELS.every((name) => config.token_labels.includes(name));
  return {
    ...config,
    ...(heads.includes('token') && !known ? { token_labels: [...PLACE_LABELS] } : {}),
    ...(maxLength === undefined ? {} : { max_length: maxLength }),
  };
}

/** Settings as a report shows them, and as a resumed run must have them. */
function describe(options: Complete, settings: CompleteSettings, { digest }: Passages) {
  const { data, model, preset = 'tiny', variant, hash, maxLength, objective, batchTokens, holdOut } = options;
  const { steps, epochs = 1 } = options;
  return describeRun(model === undefined ? {} : { model: options.modelName ?? model }, settings, {
    data: typeof data === 'object' && 'texts' in data ? 'in memory' : data,
    corpus: digest,
    ...(model === undefined ? { preset, variant, hash } : {}),
    ...{ maxLength, objective, holdOut, batchTokens },
    ...(steps === undefined ? { epochs } : { steps }),
  });
}
