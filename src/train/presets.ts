// Sizes of models that are trained from scratch.

import { FIRST_POSITION } from '../architecture/config.ts';
import type { Hash } from '../architecture/hashes.ts';
import type { Variant } from '../architecture/variants.ts';

export const PRESETS = ['tiny', 'mini', 'small', 'medium', 'base'] as const;
export type Preset = (typeof PRESETS)[number];

/** Layers, hidden size, tokens of a text, and the rows of `ngram`'s table and their width. */
type Sizes = readonly [layers: number, hidden: number, length: number, buckets: number, embedding: number];

/** `tiny` is the shipped sentiment model's; `base` the paper's. */
const SIZES: Record<Preset, Sizes> = {
  tiny: [2, 128, 64, 4096, 64],
  mini: [4, 256, 128, 8192, 128],
  small: [4, 512, 128, 16_384, 128],
  medium: [8, 512, 128, 16_384, 128],
  base: [12, 768, 512, 32_768, 256],
};
const HEAD_SIZE = 64;

export interface PresetOptions {
  /** How tokens are embedded; default `ngram`, whose features MD5 hashes. */
  readonly variant?: Variant | undefined;
  readonly hash?: Hash | undefined;
  /** Most tokens of a text, special ones included. */
  readonly maxLength?: number | undefined;
}

/** config.json of a preset; what it leaves out has its default. */
export function presetConfig(
  preset: Preset,
  { variant = 'ngram', hash, maxLength }: PresetOptions = {},
): Record<string, unknown> {
  const [layers, hidden, length, buckets, embedding] = SIZES[preset];
  return {
    variant,
    ...(hash === undefined ? {} : { hash }),
    tokenizer: 'unicode',
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: hidden / HEAD_SIZE,
    intermediate_size: 4 * hidden,
    max_position_embeddings: (maxLength ?? length) + FIRST_POSITION,
    ...(variant === 'ngram' ? { buckets, embedding_size: embedding, hash_keys: ['en', 'en1'] } : {}),
  };
}

/**
 * The learning rate that suits a width: wide models take small steps. 5e-5 is BERT's and the paper's for 768; narrow
 * models, which here mostly start from little, learn well at 20 times that.
 */
export function defaultLearningRate(hiddenSize: number): number {
  if (hiddenSize <= 128) return 1e-3;
  if (hiddenSize <= 256) return 3e-4;
  return hiddenSize <= 512 ? 1e-4 : 5e-5;
}
