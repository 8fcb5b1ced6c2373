// BERT, RoBERTa and their kin as Hugging Face Transformers stores them: config.json and names of tensors.

import { HashformerError } from '../errors.ts';
import type { StoredTensor } from '../formats/stored-tensor.ts';
import { show } from '../show.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What Transformers takes for fields that a config.json leaves out. */
const BERT = {
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
const ROBERTA = { ...BERT, vocab_size: 50265, pad_token_id: 1 };
const XLM_ROBERTA = { ...ROBERTA, vocab_size: 30522 };
const DEFAULTS = new Map<unknown, typeof BERT>([
  ['bert', BERT],
  ['roberta', ROBERTA],
  ['xlm-roberta', XLM_ROBERTA],
  ['camembert', XLM_ROBERTA],
]);

/** Names of the exact GELU, x/2 · (1 + erf(x / √2)); "gelu_new" and the like are approximations. */
const EXACT_GELU: readonly unknown[] = ['gelu', 'gelu_python'];

function reject(field: string, expected: string, got: unknown): never {
  throw new HashformerError(
    'config',
    `config.json: "${field}" must be ${expected} for a model of this family, but is ${show(got)}.`,
  );
}

/**
 * A BERT's or RoBERTa's config.json as one of the variant `vocab`. Sentences are the normalised mean of the hidden
 * states unless it says otherwise.
 *
 * @throws HashformerError `config`: another family, or an encoder that cannot be computed here
 */
export function translateConfig(fields: Fields): Fields {
  const { model_type: type } = fields;
  const defaults = DEFAULTS.get(type);
  if (defaults === undefined) {
    const known = ['hashformer', ...DEFAULTS.keys()].map(show).join(', ');
    throw new HashformerError(
      'config',
      `config.json: "model_type" must be one of ${known}, whose encoders are computed here, but is ${show(type)}.`,
    );
  }
  // Null is what Transformers writes for "not set".
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
  const { max_length: _, ...merged }: Fields = { ...defaults, ...given };
  const { hidden_act, position_embedding_type = 'absolute', pruned_heads = {}, pad_token_id } = merged;
  if (!EXACT_GELU.includes(hidden_act)) reject('hidden_act', '"gelu" (the exact one)', hidden_act);
  if (position_embedding_type !== 'absolute')
    reject('position_embedding_type', '"absolute"', position_embedding_type);
  for (const field of ['is_decoder', 'add_cross_attention']) {
    if (merged[field]) reject(field, 'false (only encoders are computed here)', merged[field]);
  }
  if (Object.keys(Object(pruned_heads)).length > 0)
    reject('pruned_heads', 'empty (heads of one size are computed here)', pruned_heads);
  if (type !== 'bert' && !Number.isInteger(pad_token_id))
    reject('pad_token_id', 'a whole number', pad_token_id);
  return {
    ...merged,
    model_type: 'hashformer',
    variant: 'vocab',
    hidden_act: 'gelu',
    // RoBERTa numbers positions behind the id of its padding token, and all its tokens have type 0.
    first_position: type === 'bert' ? 0 : (pad_token_id as number) + 1,
    token_types: type === 'bert',
  };
}

/**
 * Tensors under the names that RoBERTa has: a BERT classifies with its pooler and a `classifier`, and old
 * checkpoints call a LayerNorm's weight gamma and its bias beta. A pooler without a classifier stays what it is.
 *
 * @param architectures those of config.json: a `classifier` may also belong to tokens or to choices
 */
export function renameTensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  architectures: unknown,
): Map<string, StoredTensor> {
  const names = [...tensors.keys()];
  const pooler = names.find((name) => /^(bert\.)?pooler\.dense\.weight$/.test(name));
  const classifies =
    pooler !== undefined &&
    tensors.has('classifier.weight') &&
    (!Array.isArray(architectures) || architectures.some((name) => /ForSequenceClassification$/.test(name)));
  const renamed = names.map((name): [string, StoredTensor] => {
    let to = name
      .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
      .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
    if (classifies) {
      to = to.replace(/^(bert\.)?pooler\.dense\./, 'classifier.dense.');
      to = to.replace(/^classifier\.(weight|bias)/, 'classifier.out_proj.$1');
    }
    return [to, tensors.get(name)!];
  });
  return new Map(renamed);
}
