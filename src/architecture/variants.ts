import * as abi from '../../assembly/abi.ts';
import { HASHES, type Hash } from './hashes.ts';
import type { TensorSpec } from './tensor-spec.ts';

/** How tokens are embedded. */
export const VARIANTS = ['emb', 'pool', 'add', 'proj', 'ngram', 'vocab'] as const;
export type Variant = (typeof VARIANTS)[number];

/**
 * What a variant looks a token up by: the bucket of its hash, the 128 bits of its hash, the buckets of the hashes of its
 * word and its n-grams, or its id in a vocabulary. Whatever reads, shows or invents tokens goes by this.
 */
export type LookUp = 'bucket' | 'code' | 'features' | 'id';

/** The fields of config.json that embeddings are sized by. */
interface EmbeddingSizes {
  readonly hidden_size: number;
  readonly embedding_size: number;
  readonly buckets: number;
  readonly vocab_size?: number;
}

/** A tensor of the embedding layer. */
type EmbeddingTensor = Pick<TensorSpec, 'kind' | 'slot' | 'name' | 'reference' | 'shape'>;

interface VariantRecord {
  /** Its number in the wasm module. */
  readonly number: number;
  readonly lookUp: LookUp;
  /** Hashes that it goes with, the default one first. */
  readonly hashes: readonly Hash[];
  /** What embeds tokens, in the order of the forward pass; positions, token types and LayerNorm come behind. */
  tensors(sizes: EmbeddingSizes): EmbeddingTensor[];
}

/** A padding row before the 1,024 values of a chunk (`pool`). */
export const POOL_COMPONENTS = (1 << abi.POOL_CHUNK_BITS) + 1;

function tensor(
  kind: TensorSpec['kind'],
  slot: number,
  name: string,
  reference: string,
  shape: readonly number[],
): EmbeddingTensor {
  return {
    kind,
    slot,
    name: `embedding.${name}`,
    reference: `embeddings.${reference}`,
    shape,
  };
}

/** Rows of the special ids 0-4, and one for every ordinary token. */
function specialTable(hidden: number): EmbeddingTensor {
  const shape = [abi.SPECIAL_TOKENS + 1, hidden];
  return tensor('table', abi.SPECIAL_TABLE, 'special', 'special_token_embeddings.weight', shape);
}

/** What there is to know of each variant outside the kernels that compute it. */
export const VARIANT = {
  emb: {
    number: abi.EMB,
    lookUp: 'bucket',
    hashes: HASHES,
    tensors: ({ buckets, hidden_size: hidden }) => [
      tensor('table', abi.TOKEN_TABLE, 'buckets', 'word_embeddings.weight', [
        buckets + abi.SPECIAL_TOKENS,
        hidden,
      ]),
    ],
  },
  pool: {
    number: abi.POOL,
    lookUp: 'code',
    hashes: HASHES,
    tensors: ({ hidden_size: hidden }) => [
      tensor('table', abi.TOKEN_TABLE, 'components', 'component_embeddings.weight', [
        POOL_COMPONENTS,
        hidden,
      ]),
      tensor('matrix', abi.ADAPTIVE_TABLE, 'component_weights', 'adaptive_weights', [
        abi.POOL_CHUNKS,
        hidden,
      ]),
      specialTable(hidden),
    ],
  },
  add: {
    number: abi.ADD,
    lookUp: 'code',
    hashes: HASHES,
    tensors: ({ hidden_size: hidden }) => [
      tensor('matrix', abi.BIT_TABLE_1, 'ones', 'proj_mat_1.weight', [hidden, abi.HASH_BITS]),
      tensor('matrix', abi.BIT_TABLE_2, 'zeros', 'proj_mat_2.weight', [hidden, abi.HASH_BITS]),
      specialTable(hidden),
    ],
  },
  proj: {
    number: abi.PROJ,
    lookUp: 'code',
    hashes: HASHES,
    tensors: ({ hidden_size: hidden }) => [
      tensor('matrix', abi.BIT_TABLE_1, 'projection', 'proj_mat.weight', [hidden, abi.HASH_BITS]),
      specialTable(hidden),
    ],
  },
  ngram: {
    number: abi.NGRAM,
    lookUp: 'features',
    hashes: ['md5'],
    tensors: ({ buckets, embedding_size: width, hidden_size: hidden }) => [
      tensor('table', abi.TOKEN_TABLE, 'buckets', 'bucket_embeddings.weight', [buckets, width]),
      ...(width === hidden
        ? []
        : [
            tensor('linear', abi.EMBEDDING_PROJECTION, 'projection.weight', 'embedding_projection.weight', [
              hidden,
              width,
            ]),
          ]),
      specialTable(hidden),
    ],
  },
  vocab: {
    number: abi.VOCAB,
    lookUp: 'id',
    hashes: ['md5'],
    tensors: ({ vocab_size, hidden_size: hidden }) => [
      tensor('table', abi.TOKEN_TABLE, 'vocabulary', 'word_embeddings.weight', [vocab_size!, hidden]),
    ],
  },
} as const satisfies Record<Variant, VariantRecord>;

/** Variants that hash tokens. */
export type HashedVariant = {
  [Name in Variant]: (typeof VARIANT)[Name]['lookUp'] extends 'id' ? never : Name;
}[Variant];
