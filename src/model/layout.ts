import * as abi from '../../assembly/abi.ts';
import type { HashFormerConfig } from '../architecture/config.ts';
import { REFERENCE } from './family/hashformer.ts';

/**
 * The one map of a model's tensors: what each is called in our layout and in the reference's, its shape, and
 * where the wasm module keeps it. Everything that reads, writes, counts or initialises weights walks this list.
 */
export interface TensorSpec {
  /** Name in our layout. */
  readonly name: string;
  /** Name in the reference's layout, without its `roberta.` prefix where it has one. */
  readonly reference: string;
  readonly shape: readonly number[];
  /** `table`: rows are looked up. `matrix`: rows are used as they are. `linear`, `bias`: a layer's two tensors. */
  readonly kind: 'table' | 'matrix' | 'vector' | 'linear' | 'bias';
  readonly slot: number;
  readonly layer: number;
  /** Of the layers that are multiplied as one: query 0, key 1, value 2. */
  readonly part: number;
  /** Size of the groups (attention heads) of output and input channels, 0 for none. */
  readonly outputGroup: number;
  readonly inputGroup: number;
  /** The head that the tensor belongs to; a model may lack it. */
  readonly head: Head | null;
}

/** Heads that a model may have. */
export type Head = 'classification' | 'token' | 'sentence' | 'signature';
export type Layout = 'hashformer' | 'reference';

/** 12 chunks of 10 bits and one of 8, and a padding row before the 1,024 values of a chunk (variant `pool`). */
export const POOL_CHUNKS = 13;
export const POOL_COMPONENTS = 1025;
export const HASH_BITS = 128;
/** Special ids 0-4, and 5 for every ordinary token. */
const SPECIAL_ROWS = abi.SPECIAL_TOKENS + 1;

type Options = Partial<Pick<TensorSpec, 'layer' | 'part' | 'outputGroup' | 'inputGroup' | 'head'>>;

/** All tensors that a model with this configuration may have, in the order of the forward pass. */
export function tensorSpecs(config: HashFormerConfig): TensorSpec[] {
  const specs: TensorSpec[] = [];
  const { hidden_size: hidden, intermediate_size: intermediate, embedding_size: embedding } = config;
  const headSize = hidden / config.num_attention_heads;
  const add = (
    kind: TensorSpec['kind'],
    slot: number,
    name: string,
    reference: string,
    shape: number[],
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

  const e = 'embeddings';
  if (config.variant === 'emb') {
    const rows = config.buckets + abi.SPECIAL_TOKENS;
    add('table', abi.TOKEN_TABLE, 'embedding.buckets', `${e}.word_embeddings.weight`, [rows, hidden]);
  } else if (config.variant === 'pool') {
    add('table', abi.TOKEN_TABLE, 'embedding.components', `${e}.component_embeddings.weight`, [
      POOL_COMPONENTS,
      hidden,
    ]);
    add('matrix', abi.ADAPTIVE_TABLE, 'embedding.component_weights', `${e}.adaptive_weights`, [
      POOL_CHUNKS,
      hidden,
    ]);
  } else if (config.variant === 'add') {
    add('matrix', abi.BIT_TABLE_1, 'embedding.ones', `${e}.proj_mat_1.weight`, [hidden, HASH_BITS]);
    add('matrix', abi.BIT_TABLE_2, 'embedding.zeros', `${e}.proj_mat_2.weight`, [hidden, HASH_BITS]);
  } else if (config.variant === 'vocab') {
    const shape = [config.vocab_size!, hidden];
    add('table', abi.TOKEN_TABLE, 'embedding.vocabulary', `${e}.word_embeddings.weight`, shape);
  } else if (config.variant === 'proj') {
    add('matrix', abi.BIT_TABLE_1, 'embedding.projection', `${e}.proj_mat.weight`, [hidden, HASH_BITS]);
  } else {
    add('table', abi.TOKEN_TABLE, 'embedding.buckets', `${e}.bucket_embeddings.weight`, [
      config.buckets,
      embedding,
    ]);
    if (embedding !== hidden) {
      add(
        'linear',
        abi.EMBEDDING_PROJECTION,
        'embedding.projection.weight',
        `${e}.embedding_projection.weight`,
        [hidden, embedding],
      );
    }
  }
  if (config.variant !== 'emb' && config.variant !== 'vocab') {
    const shape = [SPECIAL_ROWS, hidden];
    add('table', abi.SPECIAL_TABLE, 'embedding.special', `${e}.special_token_embeddings.weight`, shape);
  }
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
  linear(abi.SIGNATURE, 'signature', 'signature', HASH_BITS, hidden, { head: 'signature' });
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
