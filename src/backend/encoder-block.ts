import * as abi from '../../assembly/abi.ts';
import type { Computed, Part } from '../architecture/architecture.ts';
import { architectureOf, type HashFormerConfig } from '../architecture/config.ts';

const HEAD_ACTIVATION = { tanh: abi.TANH, relu: abi.RELU } as const;

/** By what numbers of abi.ts the kernels know each choice; 0 where there is but one. */
export const KERNEL_NUMBERS = {
  norms: { post: 0 },
  position_embeddings: { absolute: 0 },
  attention_positions: { none: 0 },
  attention_span: { full: 0 },
  feed_forward: { plain: 0 },
  activation: { gelu: 0 },
  linear_biases: { all: 0 },
  norm_biases: { all: 0 },
  embedding_projection: { none: 0 },
  layers: { own: 0 },
  head_input: { first: 0 },
  head_layers: { dense: 0 },
  head_activation: HEAD_ACTIVATION,
  /** An argument of forwardHead(). */
  head_dropout: { state: 0, input_and_state: 1 },
} as const satisfies { readonly [P in Part]: Readonly<Record<Computed<P>, number>> };

/** A field of the block: a number of config.json, or that of a choice of the architecture. */
type Field = { readonly at: number; readonly type: 'i32' | 'f32' } & (
  | { readonly field: keyof HashFormerConfig & string }
  | { readonly part: 'head_activation'; readonly choices: Readonly<Record<string, number>> }
);

/** What configureEncoder() reads, and where; 32 bits each. */
export const ENCODER_BLOCK: readonly Field[] = [
  { at: abi.HIDDEN_SIZE, type: 'i32', field: 'hidden_size' },
  { at: abi.LAYERS, type: 'i32', field: 'num_hidden_layers' },
  { at: abi.ATTENTION_HEADS, type: 'i32', field: 'num_attention_heads' },
  { at: abi.INTERMEDIATE_SIZE, type: 'i32', field: 'intermediate_size' },
  { at: abi.FIRST_POSITION, type: 'i32', field: 'first_position' },
  { at: abi.EPSILON, type: 'f32', field: 'layer_norm_eps' },
  { at: abi.HEAD_ACTIVATION, type: 'i32', part: 'head_activation', choices: HEAD_ACTIVATION },
];

/** The block of a model. */
export function encoderBlock(config: HashFormerConfig): Uint8Array {
  const architecture = architectureOf(config);
  const block = new DataView(new ArrayBuffer(abi.ENCODER_FIELDS * 4));
  for (const field of ENCODER_BLOCK) {
    const value = 'part' in field ? field.choices[architecture[field.part]]! : Number(config[field.field]);
    if (field.type === 'f32') block.setFloat32(field.at * 4, value, true);
    else block.setInt32(field.at * 4, value, true);
  }
  return new Uint8Array(block.buffer);
}
