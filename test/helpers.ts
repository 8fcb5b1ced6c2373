import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type HashFormerConfig, parseConfig } from '../src/architecture/config.ts';
import type { WeightDType } from '../src/architecture/dtypes.ts';
import type { TensorSpec } from '../src/architecture/tensor-spec.ts';
import { type ErrorCode, HashformerError } from '../src/errors.ts';
import { writeSafetensors } from '../src/formats/safetensors-writer.ts';
import type { StoredTensor } from '../src/formats/stored-tensor.ts';
import type { LoadOptions } from '../src/model/call-options.ts';
import { HashFormer } from '../src/model/hashformer.ts';
import { scaleName, tensorSpecs } from '../src/model/layout.ts';
import { convertWeight } from '../src/model/quantize.ts';
import { TIERS, type Tier } from '../src/runtime/tier.ts';
import { describeUnless } from './needs.ts';
import { targets } from './tiers.ts';
import { Random } from './tokenizer/random.ts';

export { Random };

/** Why a tier does not run here, in words, or ''. */
const missing = (tier: Tier) => targets.find(({ name }) => name === tier)!.missing;

/** The tiers that this engine runs. */
export const tiers = TIERS.filter((tier) => missing(tier) === '');

/** A group of tests a tier; a tier that the engine lacks is skipped, and the group's name says why. */
export function describeTiers(name: string, tests: (tier: Tier) => void): void {
  for (const tier of TIERS) {
    const reason = missing(tier);
    describeUnless(reason, `${name}, ${tier}`, () => tests(tier));
  }
}

export const VARIANTS = ['emb', 'pool', 'add', 'proj', 'ngram', 'vocab'] as const;

/** RoBERTa's tokenizer.json, which the hash `lsh` needs. */
export const TOKENIZER = new URL('./golden/roberta-bpe/tokenizer.json', import.meta.url);

let parsedTokenizer: object | undefined;
export function roberta(): object {
  parsedTokenizer ??= JSON.parse(readFileSync(TOKENIZER, 'utf8')) as object;
  return parsedTokenizer;
}

/** The tokenizer.json of a tiny BERT: 600 WordPieces, at most 40 tokens. */
export const wordPieces = JSON.parse(
  readFileSync(new URL('./golden/bert-random/tokenizer.json', import.meta.url), 'utf8'),
) as object;

/** A config.json of a tiny model whose sizes are multiples of nothing. */
export function tinyConfig(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    model_type: 'hashformer',
    variant: 'emb',
    buckets: 61,
    hidden_size: 30,
    num_attention_heads: 5,
    num_hidden_layers: 2,
    intermediate_size: 37,
    max_position_embeddings: 52,
    num_labels: 3,
    ...(fields.variant === 'vocab' && { vocab_size: 600, type_vocab_size: 2, first_position: 0 }),
    ...fields,
  };
}

/** Float32 numbers as a stored tensor. */
export function floats(shape: number[], numbers: Iterable<number>): StoredTensor {
  return { dtype: 'F32', shape, data: new Uint8Array(Float32Array.from(numbers).buffer) };
}

/** What a stored float32 tensor holds; a view, to change it. */
export function numbersOf(tensor: StoredTensor): Float32Array {
  return new Float32Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength / 4);
}

/** About normal, mean 0 and deviation 1, the same on every engine. */
export function normal(random: Random): number {
  let sum = 0;
  for (let i = 0; i < 4; i++) sum += random.below(1 << 24) / (1 << 24);
  return (sum - 2) * Math.sqrt(3);
}

/** Deviation and mean of a tensor such that every part of a model matters to its result. */
function distribution({ kind, shape, name }: TensorSpec): [number, number] {
  if (kind === 'linear') return [1.5 / Math.sqrt(shape[1]!), 0];
  if (kind === 'vector') return [0.3, name.endsWith('.weight') ? 1 : 0];
  return [kind === 'bias' ? 0.5 : 1, 0];
}

/** All tensors that a model with this configuration may have, all heads too, in our layout. */
export function randomTensors(config: HashFormerConfig, seed: number): Map<string, StoredTensor> {
  const random = new Random(seed);
  return new Map(
    tensorSpecs(config).map((spec) => {
      const [deviation, mean] = distribution(spec);
      const count = spec.shape.reduce((product, size) => product * size, 1);
      const numbers = Float32Array.from({ length: count }, () => mean + deviation * normal(random));
      return [spec.name, floats([...spec.shape], numbers)];
    }),
  );
}

export interface Files {
  config: Record<string, unknown>;
  weights: Uint8Array;
  tokenizer?: object;
}

/**
 * A tiny model with large random weights, all heads, and no checksum in its file.
 *
 * @param change what to do to its tensors before they are written
 */
export function tinyModel(
  fields: Record<string, unknown> = {},
  { seed = 1, dtype = 'f32', change }: { seed?: number; dtype?: WeightDType; change?: Change } = {},
): Files {
  const config = tinyConfig(fields);
  const parsed = parseConfig(config);
  const tensors = randomTensors(parsed, seed);
  change?.(tensors);
  if (dtype !== 'f32') {
    for (const spec of tensorSpecs(parsed)) {
      const { tensor, scale } = convertWeight({ spec, tensor: tensors.get(spec.name)!, scale: null }, dtype);
      tensors.set(spec.name, tensor);
      if (scale !== null) tensors.set(scaleName(spec.name), scale);
    }
  }
  const weights = writeSafetensors(tensors);
  if (config.variant === 'vocab') return { config, weights, tokenizer: wordPieces };
  return { config, weights, ...(config.hash === 'lsh' && { tokenizer: roberta() }) };
}

export type Change = (tensors: Map<string, StoredTensor>) => void;

/** Loads a model that is given up when the test ends. */
export async function load(files: Files, options?: LoadOptions): Promise<HashFormer> {
  const model = await HashFormer.load(files, options);
  onTestFinished(() => model.dispose());
  return model;
}

/** Texts of many kinds and lengths, pairs among them; with 1 to 40 words on both sides of every tile's size. */
export const TEXTS: (string | [string, string])[] = [
  '',
  ' \t\n',
  'a',
  'The film is not bad.',
  'Das Größte: ÀÉÎ, naïve Straße ſ!',
  '我喜欢这部电影 आप कैसे हैं مرحبا Привет',
  '👩‍👩‍👧‍👦 🇩🇪 e\u0301 \u0000 \ud83d lone',
  ['a premise', 'its hypothesis'],
  ['', ''],
  ['one', ''],
  ...[1, 2, 3, 13, 14, 15, 16, 17, 29, 30, 31, 32, 40].map((count) =>
    Array.from({ length: count }, (_, i) => `word${(i * i) % 23}`).join(' '),
  ),
  'x'.repeat(300),
];

/** How many numbers of two arrays differ in their bits; of arrays of different lengths, all. */
export function differingBits(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Math.max(a.length, b.length);
  const [x, y] = [a, b].map((array) => new Uint32Array(array.slice().buffer)) as [Uint32Array, Uint32Array];
  return x.reduce((count, word, i) => count + Number(word !== y[i]), 0);
}

/** The largest difference of two arrays, relative where numbers are above 1. NaN where one is NaN. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++)
    most = Math.max(most, Math.abs(a[i]! - b[i]!) / Math.max(1, Math.abs(b[i]!)));
  return most;
}

/** The error of an action, which must be ours, of that code, and a sentence. */
export async function failure(action: () => unknown, code: ErrorCode): Promise<HashformerError> {
  let error: unknown;
  try {
    await action();
  } catch (thrown) {
    error = thrown;
  }
  if (error === undefined) throw new Error(`Expected an error of the code "${code}", but there was none.`);
  expectOurs(error);
  expect({ code: error.code, message: error.message }).toMatchObject({ code });
  return error;
}

/** That something thrown is a HashformerError whose message is a sentence for people. */
export function expectOurs(error: unknown): asserts error is HashformerError {
  if (!(error instanceof HashformerError)) throw error;
  expect(error.name).toBe('HashformerError');
  expect(error.message).toMatch(/^\S+ \S+ .*[.]$/s);
  expect(error.message).not.toMatch(/\[object |is not a function|Cannot read prop/);
  expect(error.message.length).toBeLessThan(1000);
}

/** An empty folder that is removed when the test ends. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hashformer-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
