import type { Spelling } from './spelling.ts';

/** The reference's code is of Transformers' RoBERTa, and names tensors as that does; see layout.ts. */
export const REFERENCE: Spelling = {
  prefixes: ['roberta.', 'bert.', 'hashformer.', ''],
  names: {},
  old: {},
  ambiguous: {},
  pooler: ['pooler.dense', 'bert.pooler.dense'],
  extras:
    /^(cls|lm_head|qa_outputs|pooler|(roberta|bert|hashformer)\.pooler|classifier|dense|sentence_projection|signature)\.|(^|\.)position_ids$/,
};
