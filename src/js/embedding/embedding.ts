// The embedding layer: hash embedding + special token + position + token type, then LayerNorm.

import { ORDINARY, SPECIAL_TOKENS } from '../../../assembly/abi.ts';
import type { HashFormerConfig } from '../../architecture/config.ts';
import type { HashedVariant } from '../../architecture/variants.ts';
import type { Sequence } from '../../tokenizer/tokenizer.ts';
import type { JsHasher } from '../hash/js-hasher.ts';
import { f32 } from '../kernel/f32.ts';
import { layerNorm } from '../kernel/layer_norm.ts';
import { type Numbers, rows } from '../numbers.ts';
import type { ModelWeights } from '../weights.ts';
import { embedAdd } from './add.ts';
import { embedBucket } from './emb.ts';
import type { CreateEmbed } from './embed.ts';
import { embedNgram } from './ngram.ts';
import { embedPool } from './pool.ts';
import { embedProj } from './proj.ts';

/** What embeds tokens; a model over a vocabulary is refused when it is loaded. */
const EMBED = {
  emb: embedBucket,
  pool: embedPool,
  add: embedAdd,
  proj: embedProj,
  ngram: embedNgram,
} as const satisfies Record<HashedVariant, CreateEmbed>;

/** The embedding layer of a model: from a sequence to its first hidden states. */
export function embeddingLayer(config: HashFormerConfig, weights: ModelWeights, hasher: JsHasher) {
  const embed = EMBED[config.variant as HashedVariant](weights, hasher, config);
  const addSpecial = weights.has('embedding.special') ? weights.table('embedding.special') : null;
  const positions = weights.matrix('embedding.position');
  const type = weights.matrix('embedding.type')[0]!;
  const weight = weights.vector('embedding.norm.weight');
  const bias = weights.vector('embedding.norm.bias');
  const epsilon = f32(config.layer_norm_eps);
  return (sequence: Sequence): Numbers[] => {
    const { ids } = sequence;
    const hidden = rows(ids.length, config.hidden_size);
    embed(sequence, hidden);
    for (let t = 0; t < ids.length; t++) {
      const row = hidden[t]!;
      if (addSpecial !== null) addSpecial(ids[t] === ORDINARY ? SPECIAL_TOKENS : ids[t]!, row);
      const position = positions[config.first_position + t]!;
      for (let i = 0; i < row.length; i++) row[i] = f32(f32(row[i]! + position[i]!) + type[i]!);
      layerNorm(row, weight, bias, epsilon);
    }
    return hidden;
  };
}
