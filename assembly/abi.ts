// The numbers that the host and the module agree on. Plain constants, so that AssemblyScript and TypeScript
// compile this one file.

/** Grows with every change that an older host would not survive. */
export const ABI_VERSION = 2;

/** Element types of stored tensors. */
export const F32 = 0;
export const F16 = 1;
export const BF16 = 2;
export const I8 = 3;

/** Embedding variants. */
export const EMB = 0;
export const POOL = 1;
export const ADD = 2;
export const PROJ = 3;
export const NGRAM = 4;
export const VOCAB = 5;

/** Hashes. The pieces behind LSH come from the host, a token at a time. */
export const MD5 = 0;
export const LSH = 1;
export const SIMHASH = 2;

/** A code is what a token hashes to. */
export const HASH_BITS = 128;
export const CODE_BYTES = 16;
/** The variant POOL cuts a code into 12 chunks of 10 bits and one of 8. */
export const POOL_CHUNKS = 13;
export const POOL_CHUNK_BITS = 10;

/** Pooling of hidden states. */
export const CLS = 0;
export const MEAN = 1;
export const MAX = 2;

/**
 * The block that configureEncoder() reads: 32 bits each, i32 but EPSILON, which is f32. New fields come behind the others,
 * and 0 in them means what there was before: a shorter block of an older host is one that ends in zeros.
 */
export const HIDDEN_SIZE = 0;
export const LAYERS = 1;
export const ATTENTION_HEADS = 2;
export const INTERMEDIATE_SIZE = 3;
/** Row of the position table that a sequence's first token gets: 2 in RoBERTa, 0 in BERT. */
export const FIRST_POSITION = 4;
export const EPSILON = 5;
/** What stands between the two layers of the classification head, one of the activations below. */
export const HEAD_ACTIVATION = 6;
export const ENCODER_FIELDS = 7;

/** Activations of the classification head. */
export const TANH = 0;
export const RELU = 1;

/** Tensors of the embedding layer and the heads; they belong to layer 0. */
export const TOKEN_TABLE = 0;
export const SPECIAL_TABLE = 1;
export const POSITION_TABLE = 2;
export const TYPE_TABLE = 3;
export const EMBEDDING_NORM_WEIGHT = 4;
export const EMBEDDING_NORM_BIAS = 5;
export const ADAPTIVE_TABLE = 6;
export const BIT_TABLE_1 = 7;
export const BIT_TABLE_2 = 8;
export const EMBEDDING_PROJECTION = 9;
export const CLASSIFIER_DENSE = 10;
export const CLASSIFIER_OUT = 11;
export const SENTENCE_PROJECTION = 12;
export const TOKEN_CLASSIFIER = 13;

/** Tensors of an encoder layer. QKV holds query, key and value as its parts 0, 1, 2. */
export const QKV = 14;
export const ATTENTION_OUT = 15;
export const ATTENTION_NORM_WEIGHT = 16;
export const ATTENTION_NORM_BIAS = 17;
export const INTERMEDIATE = 18;
export const LAYER_OUT = 19;
export const LAYER_NORM_WEIGHT = 20;
export const LAYER_NORM_BIAS = 21;
/** Predicts the bits of a hidden token's hash (pre-training). */
export const SIGNATURE = 22;
export const SLOTS = 23;

/** Parts of the scratch memory that the host writes or reads; see prepare(). */
export const TEXT = 0;
export const SPANS = 1;
export const ROWS = 2;
export const STARTS = 3;
export const CODES = 4;
export const BUCKETS = 5;
export const FEATURES = 6;
export const FEATURE_STARTS = 7;
export const PIECES = 8;
export const OUTPUT = 9;
/** Training only: what the loss compares with, and the rows that a head over some tokens reads. */
export const TARGETS = 10;
export const TARGET_ROWS = 11;
/** Token types, one a row. */
export const TYPES = 12;

/** What a head puts out and what it learns from: one row a sequence, a token, or a token of TARGET_ROWS. */
export const CLASSIFICATION_HEAD = 0;
export const TOKEN_HEAD = 1;
export const SENTENCE_HEAD = 2;
export const SIGNATURE_HEAD = 3;

/** Losses; assembly/gradient/loss says what each expects in TARGETS. */
export const CROSS_ENTROPY = 0;
export const SOFT_CROSS_ENTROPY = 1;
export const BINARY_CROSS_ENTROPY = 2;
export const SQUARED_ERROR = 3;
export const CENTRED_SQUARED_ERROR = 4;
export const COSINE = 5;

/** What belongs to each weight in training; see assembly/gradient/parameters.ts. */
export const WEIGHT = 0;
export const GRADIENT = 1;
export const FIRST_MOMENT = 2;
export const SECOND_MOMENT = 3;

/** A token label that does not count. */
export const IGNORED_LABEL = -100;

/** Ids of special tokens, as in RoBERTa: <s>, <pad>, </s>, <unk>, <mask>; buckets come after them. */
export const SPECIAL_TOKENS = 5;
/** What ROWS holds for an ordinary token; with a vocabulary all tokens have ids. */
export const ORDINARY = -1;
