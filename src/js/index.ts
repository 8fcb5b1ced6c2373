import { parseConfig } from '../architecture/config.ts';
import { HashformerError } from '../errors.ts';
import { explain } from '../formats/impostor.ts';
import { readSafetensors, type SafetensorsFile } from '../formats/safetensors.ts';
import { damaged } from '../model/load-refusal.ts';
import { resolveWeights } from '../model/weights.ts';
import { show } from '../show.ts';
import { bytesOf } from './bytes.ts';
import { Model } from './model.ts';
import { refuseArchitecture, refuseVocabularies } from './refusal.ts';
import { checksum } from './xxh64.ts';

export type { HashFormerConfig } from '../architecture/config.ts';
export type { Hash } from '../architecture/hashes.ts';
export type { Pooling } from '../architecture/poolings.ts';
export type { Variant } from '../architecture/variants.ts';
export type { ErrorCode } from '../errors.ts';
export type { Tokenized } from '../model/tokenized.ts';
export type { Classification, LabelOptions } from '../pipeline/labels.ts';
export type { Text } from '../tokenizer/text.ts';
export type { EncodeOptions, Matrix, Model, RaggedTensor, SentenceOptions, Tensor } from './model.ts';
export { HashformerError };

/** What a model is made of. */
export interface Source {
  /** A parsed config.json. */
  config: object;
  /** A model.safetensors: its bytes, or these in base64. */
  weights: Uint8Array | ArrayBuffer | readonly number[] | string;
}

function readWeights(bytes: Uint8Array): SafetensorsFile {
  try {
    return readSafetensors(bytes);
  } catch (error) {
    throw explain(error as HashformerError, bytes, 'The weight file');
  }
}

/**
 * Loads a model, at once and without WebAssembly.
 *
 * @throws HashformerError `argument`, `config` (also of models over a vocabulary: `vocab`, `lsh`, BERT), `weights`
 */
export function load(source: Source): Model {
  const { config: json, weights } = Object(source) as Partial<Source>;
  const bytes = bytesOf(weights) as Uint8Array | undefined;
  if (typeof json !== 'object' || json === null || bytes === undefined) {
    throw new HashformerError(
      'argument',
      "A model's source must be { config: object, weights: Uint8Array, ArrayBuffer, array of bytes or base64 string }, " +
        `but is ${show(source)}${bytes === undefined && Object(source) === source ? ' whose weights are none of these' : ''}.`,
    );
  }
  refuseVocabularies(json);
  const config = parseConfig(json);
  refuseArchitecture(config);
  const { tensors, metadata, data } = readWeights(bytes);
  const expected = metadata.checksum;
  if (expected !== undefined && expected.slice(0, 6) === 'xxh64:') {
    const got = checksum(data);
    if (got !== expected) throw damaged(got, expected);
  }
  return new Model(config, resolveWeights(config, tensors));
}
