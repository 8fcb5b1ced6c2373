import { ORDINARY } from '../../../assembly/abi.ts';
import { f32 } from '../kernel/f32.ts';
import { floats, type Numbers } from '../numbers.ts';
import type { CreateEmbed } from './embed.ts';

/**
 * `ngram`: the sum of the rows of each token's features over the root of their number, projected to the hidden size where
 * that is another. Special tokens have no features.
 */
export const embedNgram: CreateEmbed = (weights, hasher, { embedding_size, hidden_size }) => {
  const addBucket = weights.table('embedding.buckets');
  const projection = embedding_size === hidden_size ? null : weights.linear(['embedding.projection']);
  return ({ ids, tokens }, out) => {
    const bags: Numbers[] = [];
    let next = 0;
    for (let t = 0; t < ids.length; t++) {
      const bag = projection === null ? out[t]! : floats(embedding_size);
      bags.push(bag);
      if (ids[t] !== ORDINARY) continue;
      const features = hasher.featuresOf(tokens[next++]!);
      for (const bucket of features) addBucket(bucket, bag);
      const scale = f32(1 / f32(Math.sqrt(features.length)));
      for (let i = 0; i < embedding_size; i++) bag[i] = f32(bag[i]! * scale);
    }
    if (projection !== null) projection.apply(bags, out);
  };
};
