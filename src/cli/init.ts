import { type Command, Option } from 'commander';
import { HASHES, type Hash } from '../architecture/hashes.ts';
import { VARIANTS, type Variant } from '../architecture/variants.ts';
import { HashformerError } from '../errors.ts';
import { HashFormer } from '../model/hashformer.ts';
import { PRESETS, type Preset, presetConfig } from '../train/presets.ts';
import { wholeNumber } from './common-options.ts';
import type { Context } from './context.ts';
import { readFacts, sum } from './facts.ts';
import { completeForTokenizer, readObject } from './fresh-model.ts';
import { grouped, size } from './report.ts';
import { checkTarget } from './target.ts';
import { MOST_VOCABULARY, trainTokenizer } from './train-tokenizer.ts';

interface Options {
  seed: number;
  preset?: Preset;
  variant?: Variant;
  hash?: Hash;
  hidden?: number;
  layers?: number;
  heads?: number;
  intermediate?: number;
  maxLength?: number;
  buckets?: number;
  embedding?: number;
  labels?: string;
  sentence?: number;
  tokenizer?: string;
  trainTokenizer?: string;
  vocabSize?: number;
  force?: boolean;
}

const HELP = `
Starts from config.json where one is given, else from a preset: tiny (2 layers x
128, the default: ngram over 4,096 buckets of 64 numbers), mini (4 x 256), small
(4 x 512), medium (8 x 512) or base (12 x 768); options change single fields of
either. The same seed gives the same weights everywhere.

Examples:
  $ hashformer init ./my-model --labels negative,neutral,positive
  $ hashformer init ./small --preset small --max-length 256
  $ hashformer init ./tiny --variant pool --hash simhash --hidden 64 --seed 7
  $ hashformer init config.json ./my-model --sentence 384
  $ hashformer init ./ordinary --variant vocab --tokenizer tokenizer.json
  $ hashformer init ./words --variant vocab --train-tokenizer corpus.txt`;

/** Pieces of a vocabulary that nobody gave a size. */
const DEFAULT_VOCABULARY = 8192;

/** The fields of config.json that the options name. */
function fieldsOf(options: Options, base: Record<string, unknown>): Record<string, unknown> {
  const labels = options.labels?.split(',').map((label) => label.trim());
  const fields = {
    variant: options.variant,
    hash: options.hash,
    hidden_size: options.hidden,
    num_hidden_layers: options.layers,
    num_attention_heads: options.heads,
    intermediate_size:
      options.intermediate ?? (options.hidden === undefined ? undefined : 4 * options.hidden),
    max_length: options.maxLength,
    // Two numbers before the first position belong to padding.
    max_position_embeddings: options.maxLength === undefined ? undefined : options.maxLength + 2,
    buckets: options.buckets,
    embedding_size: options.embedding,
    id2label: labels && Object.fromEntries(labels.entries()),
    num_labels: labels?.length,
    sentence_embedding_size: options.sentence,
    pooling: options.sentence === undefined || base.pooling != null ? undefined : 'mean',
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** What --tokenizer names, or --train-tokenizer makes. */
async function tokenizerOf(
  options: Options,
  variant: unknown,
  signal: AbortSignal,
): Promise<string | object | undefined> {
  const { tokenizer, trainTokenizer: corpus, vocabSize } = options;
  if (corpus === undefined) {
    if (vocabSize === undefined) return tokenizer;
    throw new HashformerError('argument', '--vocab-size is of a tokenizer that --train-tokenizer makes.');
  }
  if (tokenizer !== undefined) {
    throw new HashformerError('argument', 'Give --tokenizer or --train-tokenizer, not both.');
  }
  if (variant !== 'vocab') {
    throw new HashformerError('argument', '--train-tokenizer makes the vocabulary of --variant vocab.');
  }
  return trainTokenizer(corpus, vocabSize ?? DEFAULT_VOCABULARY, signal);
}

async function init(paths: readonly string[], options: Options, { signal }: Context): Promise<void> {
  const folder = paths.at(-1)!;
  if (paths.length > 2) {
    throw new HashformerError('argument', 'Give at most a config.json and the folder to write.');
  }
  await checkTarget(folder, options.force);
  if (paths.length === 2 && options.preset !== undefined) {
    throw new HashformerError('argument', 'A config.json says all that a preset does; leave --preset out.');
  }
  const { preset = 'tiny', variant } = options;
  const base = paths.length === 2 ? await readObject(paths[0]!, 'config') : presetConfig(preset, { variant });
  const config: Record<string, unknown> = { ...base, ...fieldsOf(options, base as Record<string, unknown>) };
  const tokenizer = await tokenizerOf(options, config.variant, signal);
  await completeForTokenizer(config, tokenizer);
  const model = await HashFormer.init(config, options.seed, {
    signal,
    ...(tokenizer === undefined ? {} : { tokenizer }),
  });
  await model.save(folder, { layout: 'hashformer' });
  const { parameters, bytes, parts } = await readFacts(folder, signal);
  const embedding = sum(
    parts.filter(({ part }) => part === 'token embedding').map((part) => part.parameters),
  );
  process.stderr.write(
    `hashformer: wrote ${folder}: ${grouped(parameters)} parameters, ${grouped(embedding)} of them token embedding, ` +
      `${size(bytes)}\n`,
  );
}

export function define(command: Command, context: Context): void {
  command
    .usage('[options] [config.json] <folder>')
    .argument('<paths...>', 'a config.json to start from, and the folder to write')
    .option('--seed <n>', 'seed of the weights', wholeNumber(0, 2 ** 32 - 1), 0)
    .addOption(new Option('--preset <name>', 'sizes to start from (default: tiny)').choices(PRESETS))
    .addOption(new Option('--variant <name>', 'how tokens are embedded').choices(VARIANTS))
    .addOption(new Option('--hash <name>', 'hash function').choices(HASHES))
    .option('--hidden <n>', 'size of the hidden states', wholeNumber(1))
    .option('--layers <n>', 'number of layers', wholeNumber(0))
    .option('--heads <n>', 'number of attention heads', wholeNumber(1))
    .option('--intermediate <n>', 'size of the feed-forward layer (default: 4 x hidden)', wholeNumber(1))
    .option('--max-length <n>', 'most tokens of a text, special ones included', wholeNumber(1))
    .option('--buckets <n>', 'rows of the token table (emb, ngram)', wholeNumber(1))
    .option('--embedding <n>', 'size of its rows (ngram)', wholeNumber(1))
    .option('--labels <names>', 'names of the labels, with commas between them')
    .option('--sentence <n>', 'add a sentence projection to n numbers', wholeNumber(1))
    .option('--tokenizer <path>', 'tokenizer.json that lsh and vocab need')
    .option('--train-tokenizer <corpus>', 'text file, folder or pattern: train a WordPiece tokenizer (vocab)')
    .option(
      '--vocab-size <n>',
      `pieces of that tokenizer (default: ${DEFAULT_VOCABULARY})`,
      wholeNumber(1, MOST_VOCABULARY),
    )
    .option('--force', 'replace a model that is there')
    .addHelpText('after', HELP)
    .action((paths: string[], options: Options) => init(paths, options, context));
}
