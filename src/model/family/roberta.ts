import { BERT_FIELD_OF, BERT_FIELDS, BERT_SPELLING, bertArchitecture, ROBERTA_SPELLING } from './bert.ts';
import { type Family, wholeNumber } from './family.ts';

const ROBERTA_FIELDS = { ...BERT_FIELDS, vocab_size: 50265, pad_token_id: 1 };
const XLM_ROBERTA_FIELDS = { ...ROBERTA_FIELDS, vocab_size: 30522 };

/**
 * RoBERTa (Liu et al. 2019): BERT whose positions are numbered behind the id of the padding token, whose tokens all have
 * type 0, and whose classification head has a dense layer of its own. XLM-RoBERTa and CamemBERT are the same
 * architecture.
 */
export const roberta: Family = {
  modelTypes: {
    roberta: ROBERTA_FIELDS,
    'xlm-roberta': XLM_ROBERTA_FIELDS,
    camembert: XLM_ROBERTA_FIELDS,
  },
  fields: (config) => ({ first_position: wholeNumber(config, 'pad_token_id') + 1, token_types: false }),
  architecture: bertArchitecture,
  fieldOf: BERT_FIELD_OF,
  spellings: [ROBERTA_SPELLING, BERT_SPELLING],
};
