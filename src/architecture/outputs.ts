import type { HashFormerConfig } from './config.ts';
import { HEAD, type Head } from './heads.ts';
import type { Pooling } from './poolings.ts';

/** What a backend computes from a batch. Layer 0 is the embedding layer. */
export type Output =
  | { readonly kind: 'hidden'; readonly layer: number }
  | {
      readonly kind: 'pooled';
      readonly layer: number;
      readonly pooling: Pooling;
      readonly normalize: boolean;
    }
  | { readonly kind: 'sentences'; readonly pooling: Pooling; readonly normalize: boolean }
  | { readonly kind: 'logits' }
  | { readonly kind: 'token-logits' };

interface OutputRecord {
  /** Whether it has a row a token, or one a sequence. */
  readonly perToken: boolean;
  /** Numbers in a row. */
  width(config: HashFormerConfig): number;
  /** The head that a model needs for it, if any. */
  head(config: HashFormerConfig): Head | null;
}

export const OUTPUT = {
  hidden: { perToken: true, width: (config) => config.hidden_size, head: () => null },
  pooled: { perToken: false, width: (config) => config.hidden_size, head: () => null },
  sentences: {
    perToken: HEAD.sentence.perToken,
    width: HEAD.sentence.width,
    head: (config) => (config.sentence_embedding_size === null ? null : 'sentence'),
  },
  logits: {
    perToken: HEAD.classification.perToken,
    width: HEAD.classification.width,
    head: () => 'classification',
  },
  'token-logits': { perToken: HEAD.token.perToken, width: HEAD.token.width, head: () => 'token' },
} as const satisfies Record<Output['kind'], OutputRecord>;

/** The layer whose states an output is made from. */
export function layerOf(output: Output, config: HashFormerConfig): number {
  return 'layer' in output ? output.layer : config.num_hidden_layers;
}
