// What this build says of models that only the one in WebAssembly computes.

import type { Computed, Part } from '../architecture/architecture.ts';
import type { HashFormerConfig } from '../architecture/config.ts';
import { HASH, HASHES, type Hash } from '../architecture/hashes.ts';
import { VARIANT, VARIANTS, type Variant } from '../architecture/variants.ts';
import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';

const INSTEAD = 'use the package "hashformer" in an engine with WebAssembly';

/** What this build computes of what the package does. */
const COMPUTED = {
  norms: { post: true },
  position_embeddings: { absolute: true },
  attention_positions: { none: true },
  attention_span: { full: true },
  feed_forward: { plain: true },
  activation: { gelu: true },
  linear_biases: { all: true },
  norm_biases: { all: true },
  embedding_projection: { none: true },
  layers: { own: true },
  head_input: { first: true },
  head_layers: { dense: true },
  head_activation: { tanh: true, relu: false },
  head_dropout: { state: true, input_and_state: true },
} as const satisfies { readonly [P in Part]: Readonly<Record<Computed<P>, boolean>> };

function refuse(field: string, value: unknown, why: string): never {
  const message = `config.json: "${field}" is ${show(value)}, ${why}, which hashformer/js leaves out; ${INSTEAD}.`;
  throw new HashformerError('config', message);
}

/** @throws HashformerError `config`: another encoder than this build computes */
export function refuseArchitecture({ architecture = {} }: Pick<HashFormerConfig, 'architecture'>): void {
  for (const part of Object.keys(architecture) as Part[]) {
    const choice = architecture[part]!;
    const name = typeof choice === 'string' ? choice : choice.kind;
    const computed: Readonly<Record<string, boolean>> = COMPUTED[part] ?? {};
    if (computed[name] !== true) refuse(`architecture.${part}`, choice, 'of another encoder');
  }
}

/** @throws HashformerError `config`: the model needs a vocabulary */
export function refuseVocabularies(config: unknown): void {
  if (typeof config !== 'object' || config === null) return;
  const { model_type = 'hashformer', variant, hash } = config as Record<string, unknown>;
  if (model_type !== 'hashformer') refuse('model_type', model_type, 'an encoder over a vocabulary');
  if (VARIANTS.includes(variant as Variant) && VARIANT[variant as Variant].lookUp === 'id')
    refuse('variant', variant, 'look-up over a vocabulary');
  if (HASHES.includes(hash as Hash) && HASH[hash as Hash].reads === 'pieces')
    refuse('hash', hash, 'a hash over the pieces of a vocabulary');
}
