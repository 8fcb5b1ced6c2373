import type { HashFormerConfig } from '../../architecture/config.ts';
import { f32 } from '../kernel/f32.ts';
import { floats, type Numbers } from '../numbers.ts';
import type { ModelWeights } from '../weights.ts';

/**
 * `ngram`: the sum of the rows of each token's features over the root of their number, projected to the hidden size where
 * that is another. Special tokens (null) have no features.
 */
export function embedNgram(config: HashFormerConfig, weights: ModelWeights) {
  const { embedding_size, hidden_size } = config;
  const addBucket = weights.table('embedding.buckets');
  const projection = embedding_size === hidden_size ? null : weights.linear(['embedding.projection']);
  return (features: readonly (readonly number[] | null)[], out: readonly Numbers[]): void => {
    const bags = features.map((list, t) => {
      const bag = projection === null ? out[t]! : floats(embedding_size);
      if (list === null) return bag;
      for (const bucket of list) addBucket(bucket, bag);
      const scale = f32(1 / f32(Math.sqrt(list.length)));
      for (let i = 0; i < embedding_size; i++) bag[i] = f32(bag[i]! * scale);
      return bag;
    });
    if (projection !== null) projection.apply(bags, out);
  };
}
