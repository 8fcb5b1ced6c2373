import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';
import { type Computed, type ComputedArchitecture, ROBERTA_ARCHITECTURE } from './architecture.ts';
import { HASH, HASHES, type Hash } from './hashes.ts';
import { POOLINGS, type Pooling } from './poolings.ts';
import { PROBLEM_TYPES, type ProblemType } from './problem-types.ts';
import { TOKENIZER_KINDS, type TokenizerKind } from './tokenizer-kinds.ts';
import { type LookUp, VARIANT, VARIANTS, type Variant } from './variants.ts';

/** The reference's bucket count, to which the five special ids are added. */
export const REFERENCE_BUCKETS = 50260;
/** The reference's HMAC key. */
export const REFERENCE_KEY = 'en';
/** RoBERTa numbers positions from here: 0 and 1 belong to padding. */
export const FIRST_POSITION = 2;
/** Activations that are computed. */
const HIDDEN_ACTIVATIONS: readonly Computed<'activation'>[] = ['gelu'];
/** Special tokens of a pair, and so the least that max_length may be. */
const SPECIALS_OF_A_PAIR = 4;
const MOST_LABELS = 100_000;

/** A config.json in the Hugging Face style, complete: every field has its value. Others are kept as they are. */
export interface HashFormerConfig {
  model_type: 'hashformer';
  variant: Variant;
  hash: Hash;
  /** Key of HMAC-MD5; of a SimHash, the seed of its n-gram hashes. */
  hash_key: string;
  /** Rows that a bucket may name (`emb`, `ngram`). */
  buckets: number;
  /** Rows of the look-up table (`vocab`). */
  vocab_size?: number;
  /** How texts are cut; `vocab` does as its tokenizer.json says. */
  tokenizer: TokenizerKind;
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  intermediate_size: number;
  max_position_embeddings: number;
  /** Row of the position table that the first token gets: 2 as in RoBERTa, or 0 as in BERT. */
  first_position: number;
  /** 0: token types are not embedded (`vocab`). */
  type_vocab_size: number;
  /** Most tokens of a sequence, special ones included. */
  max_length: number;
  layer_norm_eps: number;
  hidden_act: Computed<'activation'>;
  /** Where the encoder is another than RoBERTa's; see architectureOf(). */
  architecture?: Partial<ComputedArchitecture>;
  num_labels: number;
  id2label: Record<string, string>;
  problem_type: ProblemType;
  /** Labels of the token head; by default those of the reference's pre-training, in its order. */
  token_labels: string[];
  /** Width of the embedding tables (`ngram`); other variants have that of the hidden states. */
  embedding_size: number;
  /** `ngram`: one hash of the word under each key. */
  hash_keys: string[];
  /** Shortest and longest n-gram in code points (`ngram`, SimHash), or null for none (`ngram`). */
  ngram_range: [number, number] | null;
  ngram_key: string;
  max_ngrams: number;
  /** SimHash: whether n-grams see the marks `<` and `>` at the ends of a token. */
  boundary_marks: boolean;
  /** How a sentence becomes one vector; null when the model was not made for that. */
  pooling: Pooling | null;
  normalize: boolean;
  /** Width of the sentence projection, or null without one. */
  sentence_embedding_size: number | null;
  [field: string]: unknown;
}

type Fields = Record<string, unknown>;

function fail(field: string, expected: string, got: unknown): never {
  throw new HashformerError('config', `config.json: "${field}" must be ${expected}, but is ${show(got)}.`);
}

/** A whole number in a range; absent (undefined or null) gives `fallback`, or fails without one. */
function integer(fields: Fields, field: string, low: number, high: number, fallback?: number): number {
  const value = fields[field] ?? fallback;
  if (!Number.isInteger(value) || (value as number) < low || (value as number) > high) {
    fail(field, `a whole number from ${low} to ${high}`, value);
  }
  return value as number;
}

function oneOf<T extends string>(fields: Fields, field: string, values: readonly T[], fallback?: T): T {
  const value = (fields[field] ?? fallback) as T;
  if (!values.includes(value)) fail(field, `one of ${values.map(show).join(', ')}`, value);
  return value;
}

/** A string, or true or false: what the fallback is. */
function like<T extends string | boolean>(fields: Fields, field: string, fallback: T): T {
  const value = fields[field] ?? fallback;
  return typeof value === typeof fallback ? (value as T) : fail(field, `a ${typeof fallback}`, value);
}

function range(fields: Fields, fallback: [number, number] | null): [number, number] | null {
  const value = fields.ngram_range === undefined ? fallback : fields.ngram_range;
  if (value === null) return null;
  const [low, high] = Array.isArray(value) && value.length === 2 ? value : [];
  if (!Number.isInteger(low) || !Number.isInteger(high) || low < 1 || high < low || high > 64) {
    fail('ngram_range', 'two whole numbers, 1 ≤ shortest ≤ longest ≤ 64, or null', value);
  }
  return [low, high];
}

function strings(fields: Fields, field: string, most: number, fallback: string[]): string[] {
  const value = fields[field] ?? fallback;
  const list = Array.isArray(value) && value.length <= most ? [...value] : [];
  if (list.length === 0 || list.some((item) => typeof item !== 'string')) {
    fail(field, `a list of 1 to ${most} strings`, value);
  }
  return list;
}

/** Names of labels from id2label, which must name each of 0 to num_labels - 1. */
function labelNames(fields: Fields): Record<string, string> {
  const given = fields.id2label ?? {};
  if (typeof given !== 'object' || Array.isArray(given))
    fail('id2label', 'an object of names by number', given);
  const named = Object.keys(given as Fields).length;
  const count = integer(fields, 'num_labels', 1, MOST_LABELS, named || 2);
  const names = Array.from({ length: count }, (_, i) => (named ? (given as Fields)[i] : `LABEL_${i}`));
  if (names.some((name) => typeof name !== 'string')) {
    fail('id2label', `an object that names the labels 0 to ${count - 1}`, given);
  }
  return Object.fromEntries(Object.entries(names as string[]));
}

/** What a model's encoder is made of. */
export function architectureOf({
  hidden_act,
  token_types,
  architecture,
}: Pick<HashFormerConfig, 'hidden_act' | 'architecture'> & { token_types?: unknown }): ComputedArchitecture {
  return {
    ...ROBERTA_ARCHITECTURE,
    activation: hidden_act,
    // BERT drops nothing of what goes into its pooler.
    head_dropout: token_types === true ? 'state' : 'input_and_state',
    ...architecture,
  };
}

/** A copy that nobody can change any more; what JSON would leave out or change fails here. */
export function copyFields(json: unknown): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new HashformerError('config', `config.json must hold an object, but holds ${show(json)}.`);
  }
  try {
    const text = JSON.stringify(json, (field, value) => {
      if (typeof value === 'number' ? !Number.isFinite(value) : /^(bi|fu|sy)/.test(typeof value)) {
        throw new TypeError(`"${field}" is ${show(value)}`);
      }
      return value;
    });
    return JSON.parse(text, (_, value) => Object.freeze(value));
  } catch (cause) {
    throw new HashformerError('config', `config.json must hold plain JSON: ${(cause as Error)?.message}.`, {
      cause,
    });
  }
}

/**
 * Checks a parsed config.json of ours, all but its `architecture`, and fills in what it leaves out.
 *
 * @throws HashformerError `config`: what field, what it must be, what it is
 */
export function parseConfig(json: unknown): HashFormerConfig {
  const fields = copyFields(json);
  const variant = oneOf(fields, 'variant', VARIANTS);
  const { hashes, lookUp }: { hashes: readonly Hash[]; lookUp: LookUp } = VARIANT[variant];
  const hash = oneOf(fields, 'hash', HASHES, hashes[0]);
  const looksUp = lookUp === 'id';
  if (!hashes.includes(hash)) {
    fail('hash', `${hashes.map(show).join(' or ')} for the variant "${variant}"`, hash);
  }
  const hidden = integer(fields, 'hidden_size', 1, 16384);
  const heads = integer(fields, 'num_attention_heads', 1, hidden);
  if (hidden % heads !== 0) fail('num_attention_heads', `a divisor of hidden_size (${hidden})`, heads);
  const first = integer(fields, 'first_position', 0, 65536, FIRST_POSITION);
  const positions = integer(fields, 'max_position_embeddings', first + SPECIALS_OF_A_PAIR, 65536);
  const epsilon = fields.layer_norm_eps ?? 1e-5;
  if (typeof epsilon !== 'number' || !(epsilon >= 0 && epsilon <= 1))
    fail('layer_norm_eps', '0 to 1', epsilon);
  const id2label = labelNames(fields);
  const vocabulary = typeof fields.vocab_size === 'number' ? fields.vocab_size : 0;
  const ngrams = range(fields, lookUp === 'features' ? [3, 5] : [2, 4]);
  if (HASH[hash].reads === 'ngrams' && ngrams === null) {
    fail('ngram_range', `two numbers for the hash "${hash}"`, null);
  }
  return {
    ...fields,
    ...(looksUp && { vocab_size: integer(fields, 'vocab_size', 1, 2 ** 31 - 1) }),
    model_type: 'hashformer',
    variant,
    hash,
    hash_key: like<string>(fields, 'hash_key', REFERENCE_KEY),
    buckets: integer(fields, 'buckets', 1, 2 ** 31 - 6, vocabulary > 5 ? vocabulary - 5 : REFERENCE_BUCKETS),
    tokenizer: oneOf(fields, 'tokenizer', TOKENIZER_KINDS, 'reference'),
    hidden_size: hidden,
    num_hidden_layers: integer(fields, 'num_hidden_layers', 0, 256),
    num_attention_heads: heads,
    intermediate_size: integer(fields, 'intermediate_size', 1, 65536),
    max_position_embeddings: positions,
    first_position: first,
    type_vocab_size: integer(fields, 'type_vocab_size', looksUp ? 0 : 1, 16, 1),
    max_length: integer(fields, 'max_length', SPECIALS_OF_A_PAIR, positions - first, positions - first),
    layer_norm_eps: epsilon,
    hidden_act: oneOf(fields, 'hidden_act', HIDDEN_ACTIVATIONS, ROBERTA_ARCHITECTURE.activation),
    num_labels: Object.keys(id2label).length,
    id2label,
    problem_type: oneOf(fields, 'problem_type', PROBLEM_TYPES, 'single_label_classification'),
    embedding_size: lookUp === 'features' ? integer(fields, 'embedding_size', 1, 16384, hidden) : hidden,
    token_labels: strings(fields, 'token_labels', MOST_LABELS, ['unchanged', 'shuffled', 'random']),
    hash_keys: strings(fields, 'hash_keys', 15, [(fields.hash_key as string) ?? REFERENCE_KEY]),
    ngram_range: ngrams,
    ngram_key: like<string>(fields, 'ngram_key', 'g'),
    max_ngrams: integer(fields, 'max_ngrams', 0, 4096, 24),
    boundary_marks: like<boolean>(fields, 'boundary_marks', true),
    pooling: fields.pooling == null && !looksUp ? null : oneOf(fields, 'pooling', POOLINGS, 'mean'),
    normalize: like<boolean>(fields, 'normalize', looksUp),
    sentence_embedding_size:
      fields.sentence_embedding_size == null ? null : integer(fields, 'sentence_embedding_size', 1, 65536),
  };
}
