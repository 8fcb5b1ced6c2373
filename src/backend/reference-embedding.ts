// The embedding layer of the reference backend: what each variant makes of a token, in float64.

import { CODE_BYTES, HASH_BITS, ORDINARY, POOL_CHUNKS, SPECIAL_TOKENS } from '../../assembly/abi.ts';
import type { HashFormerConfig } from '../architecture/config.ts';
import type { Hasher } from '../architecture/hasher.ts';
import { type LookUp, VARIANT, type Variant } from '../architecture/variants.ts';
import { accumulate, bitOf, chunkOf, dot, softmax, standardize, type Vector } from './float64.ts';
import type { Float64Weights } from './float64-weights.ts';

/** One token: a special one's `id`, or what an ordinary one is looked up by. */
interface Token {
  readonly id: number;
  /** The bucket of its hash and the code, `bucket` and `code` only; of a special token there are none. */
  readonly bucket: number | null;
  readonly code: ArrayLike<number> | null;
  /** Buckets of its features, `features` only; a special token has none. */
  readonly features: readonly number[];
}

/** The bits of a token as 0 and 1; a special token has no bit set. */
function bitsOf(code: ArrayLike<number> | null): Vector {
  return Float64Array.from({ length: HASH_BITS }, (_, i) => (code === null ? 0 : bitOf(code, i)));
}

type Embed = (token: Token, weights: Float64Weights, config: HashFormerConfig) => Vector;

/** HashFormers, section 3.3 (`emb`, `pool`, `add`, `proj`); `ngram`: hash embeddings (Svenstrup et al. 2017). */
const EMBED = {
  emb: ({ id, bucket }, weights, { hidden_size }) =>
    weights.row('embedding.buckets', bucket === null ? id : bucket + SPECIAL_TOKENS, hidden_size).slice(),
  pool: ({ code }, weights, { hidden_size }) => {
    const sum = new Float64Array(hidden_size);
    const shares = weights.get('embedding.component_weights');
    for (let j = 0; j < hidden_size; j++) {
      const column = Float64Array.from(
        { length: POOL_CHUNKS },
        (_, chunk) => shares[chunk * hidden_size + j]!,
      );
      for (const [chunk, share] of softmax(column).entries()) {
        const component = code === null ? 0 : chunkOf(code, chunk) + 1;
        sum[j]! += share * weights.row('embedding.components', component, hidden_size)[j]!;
      }
    }
    return sum;
  },
  add: ({ code }, weights, { hidden_size }) => {
    const bits = bitsOf(code);
    const zeros = bits.map((bit) => 1 - bit);
    return Float64Array.from({ length: hidden_size }, (_, j) => {
      const on = dot(weights.row('embedding.ones', j, HASH_BITS), bits);
      return (on + dot(weights.row('embedding.zeros', j, HASH_BITS), zeros)) / Math.sqrt(HASH_BITS);
    });
  },
  proj: ({ code }, weights, { hidden_size }) => {
    const standard = standardize(bitsOf(code));
    return Float64Array.from({ length: hidden_size }, (_, j) =>
      dot(standardize(weights.row('embedding.projection', j, HASH_BITS)), standard),
    );
  },
  ngram: ({ features }, weights, { embedding_size }) => {
    const sum = new Float64Array(embedding_size);
    for (const feature of features) {
      accumulate(sum, weights.row('embedding.buckets', feature, embedding_size));
    }
    const scaled = sum.map((x) => x / Math.sqrt(Math.max(features.length, 1)));
    return weights.has('embedding.projection.weight')
      ? weights.linear('embedding.projection', scaled)
      : scaled;
  },
  vocab: ({ id }, weights, { hidden_size }) => weights.row('embedding.vocabulary', id, hidden_size).slice(),
} as const satisfies Record<Variant, Embed>;

/** What ordinary tokens are looked up by, one after the other. */
const READ: Record<
  LookUp,
  (hasher: Hasher, tokens: readonly string[]) => (index: number) => Omit<Token, 'id'>
> = {
  bucket: readHashes,
  code: readHashes,
  features: (hasher, tokens) => {
    const features = hasher.features(tokens);
    return (index) => ({ bucket: null, code: null, features: features[index]! });
  },
  // All its tokens have ids.
  id: () => () => ({ bucket: null, code: null, features: [] }),
};

function readHashes(hasher: Hasher, tokens: readonly string[]): (index: number) => Omit<Token, 'id'> {
  const { codes, buckets } = hasher.hash(tokens);
  return (index) => ({
    bucket: buckets[index]!,
    code: Array.from({ length: CODE_BYTES }, (_, i) => codes[index * CODE_BYTES + i]!),
    features: [],
  });
}

/** The token embeddings of all rows of a batch: what the embedding layer adds positions and token types to. */
export function embedTokens(
  ids: Int32Array,
  tokens: readonly string[],
  weights: Float64Weights,
  config: HashFormerConfig,
  hasher: Hasher,
): Vector[] {
  const read = READ[VARIANT[config.variant].lookUp](hasher, tokens);
  const embed = EMBED[config.variant];
  let next = 0;
  return Array.from(ids, (id) => {
    const ordinary = id === ORDINARY;
    const token = ordinary ? read(next++) : { bucket: null, code: null, features: [] };
    const row = embed({ id, ...token }, weights, config);
    if (weights.has('embedding.special')) {
      accumulate(row, weights.row('embedding.special', ordinary ? SPECIAL_TOKENS : id, config.hidden_size));
    }
    return row;
  });
}
