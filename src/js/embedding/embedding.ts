// The embedding layer: hash embedding + special token + position + token type, then LayerNorm.

import { ORDINARY, SPECIAL_TOKENS } from '../../../assembly/abi.ts';
import type { HashFormerConfig } from '../../architecture/config.ts';
import type { Sequence } from '../../tokenizer/tokenizer.ts';
import type { Hasher } from '../hash/hasher.ts';
import { f32 } from '../kernel/f32.ts';
import { layerNorm } from '../kernel/layer_norm.ts';
import { type Numbers, rows } from '../numbers.ts';
import type { ModelWeights } from '../weights.ts';
import { embedAdd } from './add.ts';
import { embedNgram } from './ngram.ts';
import { embedPool } from './pool.ts';
import { embedProj } from './proj.ts';

/** Adds the embedding of one token to zeros: of a special token's `id`, or of an ordinary one's code. */
export type Embed = (id: number, code: readonly number[] | null, out: Numbers) => void;

/** `emb`: one row a bucket; special tokens have the first five rows. */
function embedBucket(weights: ModelWeights, hasher: Hasher): Embed {
  const addRow = weights.table('embedding.buckets');
  return (id, code, out) => addRow(code === null ? id : hasher.bucket(code) + SPECIAL_TOKENS, out);
}

/** Hash embeddings of a sequence, written to rows of zeros. */
function hashEmbedding(config: HashFormerConfig, weights: ModelWeights, hasher: Hasher) {
  if (config.variant === 'ngram') {
    const embed = embedNgram(config, weights);
    return ({ ids, tokens }: Sequence, out: readonly Numbers[]) => {
      let next = 0;
      const features: (number[] | null)[] = [];
      for (let t = 0; t < ids.length; t++) {
        features.push(ids[t] === ORDINARY ? hasher.features(tokens[next++]!) : null);
      }
      embed(features, out);
    };
  }
  const embed =
    config.variant === 'emb'
      ? embedBucket(weights, hasher)
      : config.variant === 'pool'
        ? embedPool(weights)
        : config.variant === 'add'
          ? embedAdd(weights)
          : embedProj(weights);
  return ({ ids, tokens }: Sequence, out: readonly Numbers[]) => {
    let next = 0;
    for (let t = 0; t < ids.length; t++) {
      embed(ids[t]!, ids[t] === ORDINARY ? hasher.code(tokens[next++]!) : null, out[t]!);
    }
  };
}

/** The embedding layer of a model: from a sequence to its first hidden states. */
export function embeddingLayer(config: HashFormerConfig, weights: ModelWeights, hasher: Hasher) {
  const embed = hashEmbedding(config, weights, hasher);
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
