import * as abi from '../../assembly/abi.ts';
import type { HashFormerConfig } from '../architecture/config.ts';
import type { TensorSpec } from '../architecture/tensor-spec.ts';
import { VARIANT } from '../architecture/variants.ts';
import { REFERENCE } from './family/hashformer.ts';

export const LAYOUTS = ['hashformer', 'reference'] as const;
export type Layout = (typeof LAYOUTS)[number];

type Options = Partial<Pick<TensorSpec, 'layer' | 'part' | 'outputGroup' | 'inputGroup' | 'head'>>;

/**
 * All tensors that a model with this configuration may have, in the order of the forward pass: the one map of a model's
 * tensors. Everything that reads, writes, counts or initialises weights walks this list.
 */
export function tensorSpecs(config: HashFormerConfig): TensorSpec[] {
  const specs: TensorSpec[] = [];
  const { hidden_size: hidden, intermediate_size: intermediate } = config;
  const headSize = hidden / config.num_attention_heads;
  const add = (
    kind: TensorSpec['kind'],
    slot: number,
    name: string,
    reference: string,
    shape: readonly number[],
    options: Options = {},
  ) => {
    specs.push({
      name,
      reference,
      shape,
      kind,
      slot,
      layer: 0,
      part: 0,
      outputGroup: 0,
      inputGroup: 0,
      head: null,
      ...options,
    });
  };
  const linear = (
    slot: number,
    name: string,
    reference: string,
    outputs: number,
    inputs: number,
    options: Options = {},
  ) => {
    add('linear', slot, `${name}.weight`, `${reference}.weight`, [outputs, inputs], options);
    add('bias', slot, `${name}.bias`, `${reference}.bias`, [outputs], options);
  };
  const norm = (slot: number, name: string, reference: string, options: Options = {}) => {
    add('vector', slot, `${name}.weight`, `${reference}.weight`, [hidden], options);
    add('vector', slot + 1, `${name}.bias`, `${reference}.bias`, [hidden], options);
  };

  for (const { kind, slot, name, reference, shape } of VARIANT[config.variant].tensors(config)) {
    add(kind, slot, name, reference, shape);
  }
  const e = 'embeddings';
  add('table', abi.POSITION_TABLE, 'embedding.position', `${e}.position_embeddings.weight`, [
    config.max_position_embeddings,
    hidden,
  ]);
  if (config.type_vocab_size > 0) {
    const shape = [config.type_vocab_size, hidden];
    add('table', abi.TYPE_TABLE, 'embedding.type', `${e}.token_type_embeddings.weight`, shape);
  }
  norm(abi.EMBEDDING_NORM_WEIGHT, 'embedding.norm', `${e}.LayerNorm`);

  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const ours = `layers.${layer}`;
    const theirs = `encoder.layer.${layer}`;
    for (const [part, name] of ['query', 'key', 'value'].entries()) {
      linear(abi.QKV, `${ours}.attention.${name}`, `${theirs}.attention.self.${name}`, hidden, hidden, {
        layer,
        part,
        outputGroup: headSize,
      });
    }
    linear(
      abi.ATTENTION_OUT,
      `${ours}.attention.output`,
      `${theirs}.attention.output.dense`,
      hidden,
      hidden,
      {
        layer,
        inputGroup: headSize,
      },
    );
    norm(abi.ATTENTION_NORM_WEIGHT, `${ours}.attention.norm`, `${theirs}.attention.output.LayerNorm`, {
      layer,
    });
    linear(abi.INTERMEDIATE, `${ours}.intermediate`, `${theirs}.intermediate.dense`, intermediate, hidden, {
      layer,
    });
    linear(abi.LAYER_OUT, `${ours}.output`, `${theirs}.output.dense`, hidden, intermediate, { layer });
    norm(abi.LAYER_NORM_WEIGHT, `${ours}.norm`, `${theirs}.output.LayerNorm`, { layer });
  }

  const classification: Options = { head: 'classification' };
  linear(abi.CLASSIFIER_DENSE, 'classifier.dense', 'classifier.dense', hidden, hidden, classification);
  linear(
    abi.CLASSIFIER_OUT,
    'classifier.output',
    'classifier.out_proj',
    config.num_labels,
    hidden,
    classification,
  );
  linear(abi.TOKEN_CLASSIFIER, 'token_classifier', 'dense', config.token_labels.length, hidden, {
    head: 'token',
  });
  if (config.sentence_embedding_size !== null) {
    linear(
      abi.SENTENCE_PROJECTION,
      'sentence_projection',
      'sentence_projection',
      config.sentence_embedding_size,
      hidden,
      { head: 'sentence' },
    );
  }
  linear(abi.SIGNATURE, 'signature', 'signature', abi.HASH_BITS, hidden, { head: 'signature' });
  return specs;
}

/** The tensor's name in a layout. In the reference's, the encoder stands under `prefix` and heads do not. */
export function tensorName(spec: TensorSpec, layout: Layout, prefix = REFERENCE.prefixes[0]!): string {
  if (layout === 'hashformer') return spec.name;
  return spec.head === null ? prefix + spec.reference : spec.reference;
}

/** Name of the scales of an int8 tensor: one f32 a row. */
export function scaleName(name: string): string {
  return `${name}_scale`;
}
