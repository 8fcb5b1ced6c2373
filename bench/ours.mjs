// The one place where the benches touch the product: what they need of it, and how it is called.

import { HashFormer } from '../dist/node/index.js';

/** A new model with random weights. */
export function initialModel(config) {
  return HashFormer.init(config, 1, { tier: 'simd' });
}

/** What the encoder's table compares: { config, weights } of save() to a model that is timed. */
export const contestants = {
  simd: (saved) => HashFormer.load(saved, { tier: 'simd' }),
  relaxed: (saved) => HashFormer.load(saved, { tier: 'relaxed' }),
  // TODO: with int8Model, take these in.
  // 'int8 simd': (saved) => int8Model(saved, 'simd'),
  // 'int8 relaxed': (saved) => int8Model(saved, 'relaxed'),
};

/** The model with int8 weights. */
export async function int8Model(_saved, _tier) {
  throw new Error('TODO: convert the weights, then HashFormer.load');
}

/** A function that does C = A · B + bias once, A [rows, inputs], B [inputs, outputs], all in place already. */
export async function gemmRunner(_tier, _rows, _inputs, _outputs) {
  throw new Error('TODO');
}

/**
 * { digests(tokens): bytes of the MD5 of every token, 16 a token, one after the other;
 *   hmacs(tokens): the same of HMAC-MD5 under the key `en` }
 */
export async function bulkHash(_tier) {
  throw new Error('TODO');
}

/** The configuration of the small encoder that onnxruntime-web starts with. */
export const startupConfig = {
  model_type: 'hashformer',
  hidden_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 512,
  max_position_embeddings: 66,
  max_length: 64,
  variant: 'pool',
  hash: 'md5',
  num_labels: 2,
  layer_norm_eps: 1e-5,
  hidden_act: 'gelu',
};

/** What a user downloads: [name, files]. */
export const shippedFiles = [
  ['hashformer: simd.wasm', ['../dist/wasm/simd.wasm']],
  ['hashformer: relaxed.wasm', ['../dist/wasm/relaxed.wasm']],
  ['hashformer: scalar.wasm', ['../dist/wasm/scalar.wasm']],
  ['hashformer: JS', ['../dist/web/index.js']],
];
