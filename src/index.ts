export type { HashFormerConfig } from './architecture/config.ts';
export type { Hash } from './architecture/hashes.ts';
export type { Pooling } from './architecture/poolings.ts';
export type { Variant } from './architecture/variants.ts';
export { type ErrorCode, HashformerError } from './errors.ts';
export {
  type HashTokenOptions,
  hashToken,
  hashTokens,
  type TokenHash,
  type TokenHashes,
} from './hash-token.ts';
export type { EncodeOptions, LoadOptions, RunOptions, SentenceOptions } from './model/call-options.ts';
export { HashFormer } from './model/hashformer.ts';
export type { TokenizerSource } from './model/model-files.ts';
export type { Source } from './model/source.ts';
export type { Tokenized } from './model/tokenized.ts';
export type { FeatureExtractionPipeline, FeatureOptions } from './pipeline/feature-extraction.ts';
export type { Classified } from './pipeline/labels.ts';
export { pipeline } from './pipeline/pipeline.ts';
export type { Pipeline, TaskName } from './pipeline/tasks.ts';
export type {
  Classification,
  ClassifyOptions,
  TextClassificationPipeline,
} from './pipeline/text-classification.ts';
export type {
  TokenClassification,
  TokenClassificationPipeline,
  TokenClassifyOptions,
} from './pipeline/token-classification.ts';
export type { Matrix, NestedNumbers, RaggedTensor, Tensor } from './tensor.ts';
export type { Text } from './tokenizer/text.ts';
