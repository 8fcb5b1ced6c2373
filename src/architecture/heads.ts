import * as abi from '../../assembly/abi.ts';

/** Heads that a model may have. */
export const HEADS = ['classification', 'token', 'sentence', 'signature'] as const;
export type Head = (typeof HEADS)[number];

/** The fields of config.json that heads are sized by. */
export interface HeadSizes {
  readonly hidden_size: number;
  readonly num_labels: number;
  readonly token_labels: readonly string[];
  readonly sentence_embedding_size: number | null;
}

interface HeadRecord {
  /** Its number in the training module. */
  readonly number: number;
  /** Its tensors, as a person finds them in a file of the reference's layout. */
  readonly tensors: string;
  /** Whether it has a row a token, or one a sequence. */
  readonly perToken: boolean;
  /** Numbers in a row. */
  width(sizes: HeadSizes): number;
}

export const HEAD = {
  classification: {
    number: abi.CLASSIFICATION_HEAD,
    tensors: 'classifier.dense and classifier.out_proj',
    perToken: false,
    width: ({ num_labels }) => num_labels,
  },
  token: {
    number: abi.TOKEN_HEAD,
    tensors: 'dense',
    perToken: true,
    width: ({ token_labels }) => token_labels.length,
  },
  sentence: {
    number: abi.SENTENCE_HEAD,
    tensors: 'sentence_projection',
    perToken: false,
    width: ({ sentence_embedding_size, hidden_size }) => sentence_embedding_size ?? hidden_size,
  },
  signature: {
    number: abi.SIGNATURE_HEAD,
    tensors: 'signature',
    perToken: true,
    width: () => abi.HASH_BITS,
  },
} as const satisfies Record<Head, HeadRecord>;
