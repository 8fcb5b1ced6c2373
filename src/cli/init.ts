import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { HashformerError } from '../errors.ts';
import { HASHES, VARIANTS } from '../model/config.ts';
import { HashFormer } from '../model/hashformer.ts';
import { parseJson } from '../model/json.ts';
import { show } from '../show.ts';
import { vocabularySize } from '../tokenizer/tokenizer-json.ts';
import type { Context } from './context.ts';
import { readFacts, sum } from './facts.ts';
import { needsTokenizer, wholeNumber } from './options.ts';
import { grouped, size } from './report.ts';
import { checkTarget } from './target.ts';

interface Options {
  seed: number;
  variant?: string;
  hash?: string;
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
  force?: boolean;
}

/** A small model, the size of the built-in ones. */
const PRESET = {
  variant: 'ngram',
  tokenizer: 'unicode',
  hidden_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 512,
  max_position_embeddings: 66,
};

const HELP = `
Starts from config.json where one is given, else from a small preset (ngram over
4,096 buckets of 64 numbers, 2 layers x 128); options change single fields of
either. The same seed gives the same weights everywhere.

Examples:
  $ hashformer init ./my-model --labels negative,neutral,positive
  $ hashformer init ./tiny --variant pool --hash simhash --hidden 64 --seed 7
  $ hashformer init config.json ./my-model --sentence 384
  $ hashformer init ./ordinary --variant vocab --tokenizer tokenizer.json`;

async function readObject(path: string, code: 'config' | 'tokenizer'): Promise<object> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new HashformerError('source', `"${path}" could not be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
  const json = parseJson(bytes, `"${path}"`, code);
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json;
  throw new HashformerError(code, `"${path}" must hold an object, but holds ${show(json)}.`);
}

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

async function init(paths: readonly string[], options: Options, { signal }: Context): Promise<void> {
  const folder = paths.at(-1)!;
  if (paths.length > 2) {
    throw new HashformerError('argument', 'Give at most a config.json and the folder to write.');
  }
  await checkTarget(folder, options.force);
  const small = (options.variant ?? PRESET.variant) === 'ngram' ? { buckets: 4096, embedding_size: 64 } : {};
  const base = paths.length === 2 ? await readObject(paths[0]!, 'config') : { ...PRESET, ...small };
  const config: Record<string, unknown> = { ...base, ...fieldsOf(options, base as Record<string, unknown>) };
  const { tokenizer } = options;
  if (config.hash === 'lsh' && tokenizer === undefined) throw needsTokenizer();
  if (config.variant === 'vocab') {
    if (tokenizer === undefined) throw needsTokenizer('The variant "vocab" looks tokens up');
    config.vocab_size ??= vocabularySize(await readObject(tokenizer, 'tokenizer'));
  }
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
    .option('--force', 'replace a model that is there')
    .addHelpText('after', HELP)
    .action((paths: string[], options: Options) => init(paths, options, context));
}
