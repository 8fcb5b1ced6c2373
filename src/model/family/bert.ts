import { activation, type Family, type Fields } from './family.ts';
import { REFERENCE } from './hashformer.ts';
import type { Spelling } from './spelling.ts';

export const BERT_FIELDS = {
  vocab_size: 30522,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  hidden_act: 'gelu',
  max_position_embeddings: 512,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
  pad_token_id: 0,
};

/** What it calls those choices. */
export const BERT_FIELD_OF = {
  activation: 'hidden_act',
  position_embeddings: 'position_embedding_type',
} as const;

/** Checkpoints that were converted from TensorFlow's. */
const OLD_NAMES = { 'LayerNorm.weight': 'LayerNorm.gamma', 'LayerNorm.bias': 'LayerNorm.beta' };

/** RoBERTa's, the reference's. */
export const ROBERTA_SPELLING: Spelling = { ...REFERENCE, old: OLD_NAMES };

/** A BERT classifies with its pooler; a `classifier` may also belong to tokens or to choices. */
export const BERT_SPELLING: Spelling = {
  ...ROBERTA_SPELLING,
  names: { 'classifier.dense': '*pooler.dense', 'classifier.output': 'classifier' },
  ambiguous: {
    classification: {
      architectures: /ForSequenceClassification$/,
      needs: ['classifier.dense.weight', 'classifier.output.weight'],
    },
  },
};

/** What a BERT's or a RoBERTa's config.json chooses. */
export function bertArchitecture({ hidden_act, position_embedding_type = 'absolute' }: Fields) {
  return { activation: activation(hidden_act), position_embeddings: position_embedding_type };
}

/** BERT (Devlin et al. 2019). */
export const bert: Family = {
  modelTypes: { bert: BERT_FIELDS },
  fields: () => ({ first_position: 0, token_types: true }),
  architecture: bertArchitecture,
  fieldOf: BERT_FIELD_OF,
  spellings: [BERT_SPELLING, ROBERTA_SPELLING],
};
