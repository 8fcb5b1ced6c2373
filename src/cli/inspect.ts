import type { Command } from 'commander';
import { HashformerError } from '../errors.ts';
import { TOKENIZER } from '../formats/file-names.ts';
import { HashFormer } from '../model/hashformer.ts';
import { isShipped } from '../runtime/runtime.ts';
import { addModelOptions, type ModelOptions } from './common-options.ts';
import type { Context } from './context.ts';
import { type Facts, readFacts, type VariantCost, variantCosts } from './facts.ts';
import { loadOptions } from './load-model.ts';
import { printable } from './output/printable.ts';
import { paperRows, paperTable } from './paper.ts';
import { aligned, grouped, size } from './report.ts';

interface Options extends ModelOptions {
  paper?: boolean;
  json?: boolean;
}

const HELP = `
Without a model it inspects "sentiment", which classifies by default. "Bytes"
are those of the file; "memory" is what the running model holds, room for a
batch included.

Examples:
  $ hashformer inspect
  $ hashformer inspect sentence --json
  $ hashformer inspect ./my-model
  $ hashformer inspect --paper`;

function hashText({
  variant,
  hash,
  hash_key,
  hash_keys,
  ngram_range,
  max_ngrams,
  buckets,
  vocab_size,
}: Facts['config']): string {
  if (variant === 'vocab') return `none: ${grouped(vocab_size!)} pieces of a vocabulary are looked up`;
  const range = ngram_range === null ? 'no n-grams' : `n-grams of ${ngram_range.join('-')} characters`;
  if (variant === 'ngram') {
    const keys = hash_keys.map((key) => JSON.stringify(key)).join(', ');
    return `md5 under ${keys}; ${range}, at most ${max_ngrams} a token; ${grouped(buckets)} buckets`;
  }
  const key = hash === 'lsh' ? '' : ` under ${JSON.stringify(hash_key)}`;
  const rest = variant === 'emb' ? `; ${grouped(buckets)} buckets` : '; 128 bits';
  return `${hash}${key}${hash === 'simhash' ? `; ${range}` : ''}${rest}`;
}

function sentenceText({ pooling, normalize, sentence_embedding_size, hidden_size }: Facts['config']): string {
  if (pooling === null && sentence_embedding_size === null) return 'none of its own';
  return `${pooling ?? 'mean'} pooling, ${sentence_embedding_size ?? hidden_size} numbers${normalize ? ', length 1' : ''}`;
}

function describe(name: string, facts: Facts, model: HashFormer): string {
  const { config } = facts;
  const lines: [string, string][] = [
    ['model', isShipped(name) ? `${name} (built in)` : name],
    ['variant', config.variant],
    ['hash', hashText(config)],
    [
      'tokenizer',
      `${config.variant === 'vocab' ? TOKENIZER : config.tokenizer}, at most ${model.config.max_length} tokens`,
    ],
    [
      'encoder',
      `${config.num_hidden_layers} layers x ${config.hidden_size}, ${config.num_attention_heads} heads, ` +
        `feed-forward ${config.intermediate_size}`,
    ],
    ['heads', facts.heads.join(', ') || 'none'],
    ['labels', facts.heads.includes('classification') ? model.labels.join(', ') : 'none'],
    ['vectors', sentenceText(config)],
    ['weights', `${facts.dtypes.join(', ')}; ${size(facts.bytes)} in the ${facts.layout} layout`],
    ['checksum', facts.checksum === null ? 'none' : `${facts.checksum}, verified`],
    ['skipped', facts.skipped.join(', ') || 'nothing'],
    [
      'memory',
      `${size(model.memoryBytes)} (${model.backend}${model.tier === null ? '' : `, ${model.tier}`})`,
    ],
  ];
  // Names come from the model's files.
  return aligned(
    lines.map((line) => line.map(printable)),
    2,
  );
}

function partTable({ parts, parameters, bytes }: Facts): string {
  const rows = [...parts, { part: 'total', parameters, bytes }];
  return aligned([
    ['part', 'parameters', '', 'bytes'],
    ...rows.map((row) => [
      row.part,
      grouped(row.parameters),
      `${((row.parameters / parameters) * 100).toFixed(1)}%`,
      grouped(row.bytes),
    ]),
  ]);
}

function variantTable(costs: readonly VariantCost[], { config }: Facts): string {
  const bytes = 4;
  return aligned([
    ['variant', 'token embedding', 'in f32', 'all parameters', 'in f32', ''],
    ...costs.map(({ variant, embedding, total }) => [
      variant,
      grouped(embedding),
      size(embedding * bytes),
      grouped(total),
      size(total * bytes),
      variant === config.variant ? '<- this model' : '',
    ]),
  ]);
}

async function inspect(name: string, options: Options, { signal }: Context): Promise<string> {
  const source = name;
  const facts = await readFacts(source, signal);
  const model = await HashFormer.load(source, loadOptions(options, signal));
  const variants = variantCosts(facts);
  if (options.json) {
    const { memoryBytes, backend, tier, labels } = model;
    return `${JSON.stringify({ model: name, ...facts, labels, memoryBytes, backend, tier, variants }, null, 2)}\n`;
  }
  const head = `Each variant at this size, with ${grouped(facts.config.buckets)} buckets for emb and ngram:`;
  return `${describe(name, facts, model)}\n${partTable(facts)}\n${head}\n\n${variantTable(variants, facts)}`;
}

export function define(command: Command, context: Context): void {
  command.argument('[model]', 'folder or address of a model, or "sentiment" or "sentence"');
  addModelOptions(command)
    .option('--paper', "the paper's base-size table instead, by formula")
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(async (operand: string | undefined, options: Options) => {
      if (operand !== undefined && options.model !== undefined) {
        throw new HashformerError('argument', `Name one model: ${operand} or --model ${options.model}.`);
      }
      if (options.paper) {
        process.stdout.write(options.json ? `${JSON.stringify(paperRows(), null, 2)}\n` : paperTable());
        return;
      }
      const name = operand ?? options.model ?? 'sentiment';
      process.stdout.write(await inspect(name, options, context));
    });
}
