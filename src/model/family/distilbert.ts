import { activation, type Family } from './family.ts';
import { REFERENCE } from './hashformer.ts';
import type { Spelling } from './spelling.ts';

const DISTILBERT: Spelling = {
  ...REFERENCE,
  prefixes: ['distilbert.', ''],
  names: {
    'layers.N.attention.query': '*transformer.layer.N.attention.q_lin',
    'layers.N.attention.key': '*transformer.layer.N.attention.k_lin',
    'layers.N.attention.value': '*transformer.layer.N.attention.v_lin',
    'layers.N.attention.output': '*transformer.layer.N.attention.out_lin',
    'layers.N.attention.norm': '*transformer.layer.N.sa_layer_norm',
    'layers.N.intermediate': '*transformer.layer.N.ffn.lin1',
    'layers.N.output': '*transformer.layer.N.ffn.lin2',
    'layers.N.norm': '*transformer.layer.N.output_layer_norm',
    'classifier.dense': 'pre_classifier',
    'classifier.output': 'classifier',
  },
  // A `classifier` may also belong to tokens or to choices.
  ambiguous: {
    classification: {
      architectures: /ForSequenceClassification$/,
      needs: ['classifier.dense.weight', 'classifier.output.weight'],
    },
  },
  pooler: ['pre_classifier'],
  extras:
    /^(vocab_transform|vocab_layer_norm|vocab_projector|qa_outputs|pre_classifier|classifier)\.|(^|\.)position_ids$/,
};

/**
 * DistilBERT (Sanh et al. 2019): a BERT without token types, whose classification head has a dense layer of its own, and
 * ReLU behind it.
 */
export const distilbert: Family = {
  modelTypes: {
    distilbert: {
      vocab_size: 30522,
      dim: 768,
      n_layers: 6,
      n_heads: 12,
      hidden_dim: 3072,
      activation: 'gelu',
      dropout: 0.1,
      max_position_embeddings: 512,
    },
  },
  fieldNames: {
    hidden_size: 'dim',
    num_hidden_layers: 'n_layers',
    num_attention_heads: 'n_heads',
    intermediate_size: 'hidden_dim',
    hidden_act: 'activation',
    hidden_dropout_prob: 'dropout',
    attention_probs_dropout_prob: 'attention_dropout',
  },
  // Its code has the epsilon as a number. Sinusoidal positions are rows of the table like any others.
  fields: () => ({ first_position: 0, type_vocab_size: 0, layer_norm_eps: 1e-12 }),
  architecture: ({ hidden_act }) => ({
    activation: activation(hidden_act),
    head_activation: 'relu',
    head_dropout: 'state',
  }),
  fieldOf: { activation: 'activation' },
  spellings: [DISTILBERT],
};
