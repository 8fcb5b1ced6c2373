import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';

/**
 * What an encoder is made of, apart from its sizes: plain data that backends compute by, and that a family's config.json
 * is translated to. A part with settings of its own is an object whose `kind` is its name. Token types need no part: a
 * `type_vocab_size` of 0 means none.
 *
 * How the families that are known are said with it, where they differ from BERT:
 *
 * - DistilBERT: no token types; `head_activation: 'relu'`.
 * - MPNet: no token types; absolute positions and `attention_positions: buckets` (32, as far as 128).
 * - ELECTRA: `embedding_projection: 'after_norm'`, tables of `embedding_size`; `head_activation: 'gelu'`.
 * - ALBERT: the same projection; `layers: shared`; `activation: 'gelu_new'`.
 * - ModernBERT: `norms: 'pre_but_first'`, no position embeddings, `rotary` with two bases, `attention_span: alternating`,
 *   `feed_forward: 'gated'`, no biases in layers and LayerNorms; `head_layers: 'dense_norm'` without bias, `head_input`
 *   by its `classifier_pooling`.
 * - DeBERTa v2: no position embeddings, `attention_positions: disentangled`; no token types; `head_activation: 'gelu'`.
 * - RoBERTa-PreLayerNorm: `norms: 'pre'`.
 * - encoders with ALiBi (JinaBERT): no position embeddings, `attention_positions: { kind: 'alibi' }`.
 */
export interface Architecture {
  /**
   * Where a layer's LayerNorms stand: behind each residual sum; or before attention and before the feed-forward network,
   * with one more behind the last layer. `pre_but_first`: the first layer's attention has none.
   */
  readonly norms: 'post' | 'pre' | 'pre_but_first';
  /** Whether a row of a table, one a position, is added to the embeddings. */
  readonly position_embeddings: 'absolute' | 'none';
  /** What attention knows of positions: biases of its scores, products with embeddings of distances, or a rotation. */
  readonly attention_positions:
    | { readonly kind: 'none' }
    | { readonly kind: 'buckets'; readonly buckets: number; readonly most: number }
    | {
        readonly kind: 'disentangled';
        readonly buckets: number;
        readonly most: number;
        readonly terms: readonly ('c2p' | 'p2c')[];
        readonly shared_key: boolean;
      }
    | { readonly kind: 'rotary'; readonly base: number; readonly local_base: number }
    | { readonly kind: 'alibi' };
  /** Which tokens a token sees: all, or in all but every `full_every`th layer those within half of `window`. */
  readonly attention_span:
    | { readonly kind: 'full' }
    | { readonly kind: 'alternating'; readonly window: number; readonly full_every: number };
  /** `gated`: the first layer puts out twice the width, and one half, activated, multiplies the other (GLU). */
  readonly feed_forward: 'plain' | 'gated';
  /** Of the feed-forward network, as config.json's `hidden_act` says it; `gelu` is the exact one. */
  readonly activation: 'gelu' | 'gelu_new' | 'relu' | 'silu';
  readonly linear_biases: 'all' | 'none';
  readonly norm_biases: 'all' | 'none';
  /** `after_norm`: tables and their LayerNorm are of `embedding_size`, and a linear layer leads to the hidden size. */
  readonly embedding_projection: 'none' | 'after_norm';
  /** `shared`: all layers of a group, of which there are `groups` one after the other, have the same weights. */
  readonly layers: { readonly kind: 'own' } | { readonly kind: 'shared'; readonly groups: number };
  /** Which states the classification head reads: the first token's, or the mean of all. */
  readonly head_input: 'first' | 'mean';
  /** What stands in the classification head before the layer that puts logits out. */
  readonly head_layers: 'dense' | 'dense_norm' | 'none';
  readonly head_activation: 'tanh' | 'relu' | 'gelu';
  /** Where the classification head drops in training: of its input and its state between two layers, or of that only. */
  readonly head_dropout: 'input_and_state' | 'state';
}

export type Part = keyof Architecture;

/** The name of a choice. */
type NameOf<T> = T extends string ? T : T extends { readonly kind: infer K extends string } ? K : never;

/**
 * What backends compute, one place for all: another choice becomes `true` here together with what computes it, and until
 * then the compiler names every table of a backend that lacks it.
 */
const COMPUTED = {
  norms: { post: true, pre: false, pre_but_first: false },
  position_embeddings: { absolute: true, none: false },
  attention_positions: { none: true, buckets: false, disentangled: false, rotary: false, alibi: false },
  attention_span: { full: true, alternating: false },
  feed_forward: { plain: true, gated: false },
  activation: { gelu: true, gelu_new: false, relu: false, silu: false },
  linear_biases: { all: true, none: false },
  norm_biases: { all: true, none: false },
  embedding_projection: { none: true, after_norm: false },
  layers: { own: true, shared: false },
  head_input: { first: true, mean: false },
  head_layers: { dense: true, dense_norm: false, none: false },
  head_activation: { tanh: true, relu: true, gelu: false },
  head_dropout: { input_and_state: true, state: true },
} as const satisfies { readonly [P in Part]: Readonly<Record<NameOf<Architecture[P]>, boolean>> };

type Table<P extends Part> = (typeof COMPUTED)[P];

/** Names of the choices that are computed, of one part. */
export type Computed<P extends Part> = {
  [N in keyof Table<P>]: Table<P>[N] extends true ? N : never;
}[keyof Table<P>];

/** An architecture that is computed. */
export type ComputedArchitecture = {
  readonly [P in Part]: Extract<Architecture[P], Computed<P> | { readonly kind: Computed<P> }>;
};

/** RoBERTa's, and so that of HashFormers: what a configuration has that says nothing else. */
export const ROBERTA_ARCHITECTURE: ComputedArchitecture = {
  norms: 'post',
  position_embeddings: 'absolute',
  attention_positions: { kind: 'none' },
  attention_span: { kind: 'full' },
  feed_forward: 'plain',
  activation: 'gelu',
  linear_biases: 'all',
  norm_biases: 'all',
  embedding_projection: 'none',
  layers: { kind: 'own' },
  head_input: 'first',
  head_layers: 'dense',
  head_activation: 'tanh',
  head_dropout: 'input_and_state',
};

/**
 * Parts of an architecture, each of which is computed.
 *
 * @param fieldOf how config.json calls a part, where it does
 * @throws HashformerError `config`: there is no such part or choice, or nothing computes it yet
 */
export function checkArchitecture(
  given: unknown,
  fieldOf: Partial<Record<Part, string>> = {},
): Partial<ComputedArchitecture> {
  const parts = Object(given) as Record<Part, unknown>;
  for (const part of Object.keys(parts) as Part[]) {
    const field = Object.hasOwn(fieldOf, part) ? fieldOf[part] : `architecture.${part}`;
    const value = parts[part];
    const choices: Readonly<Record<string, boolean>> = COMPUTED[part] ?? {};
    const name = String(typeof value === 'string' ? value : (Object(value) as { kind?: unknown }).kind);
    if (choices[name] === true) continue;
    const computed = Object.keys(choices).filter((choice) => choices[choice]);
    const expected = computed.length === 0 ? 'left out' : `one of ${computed.map(show).join(', ')}`;
    const known = Object.keys(choices).indexOf(name) >= 0;
    throw new HashformerError(
      'config',
      `config.json: "${field}" must be ${expected}, but is ${show(value)}` +
        `${known ? `: encoders with ${part.replace(/_/g, ' ')} ${show(name)} are not computed here yet` : ''}.`,
    );
  }
  return parts as Partial<ComputedArchitecture>;
}

/** What of an architecture is another than `base` says. */
export function differences<T extends Partial<Architecture>>(
  architecture: T,
  base: Architecture,
): Partial<T> {
  const differs = (part: string) =>
    JSON.stringify(architecture[part as Part]) !== JSON.stringify(base[part as Part]);
  return Object.fromEntries(
    Object.entries(architecture).filter(([part]) => differs(part)),
  ) as unknown as Partial<T>;
}
