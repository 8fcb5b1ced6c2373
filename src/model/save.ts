import type { HashFormerConfig } from '../architecture/config.ts';
import { WEIGHT_DTYPES, type WeightDType } from '../architecture/dtypes.ts';
import type { Head } from '../architecture/heads.ts';
import type { Weight } from '../architecture/tensor-spec.ts';
import { POOL_COMPONENTS } from '../architecture/variants.ts';
import { checkOneOf } from '../arguments.ts';
import { HashformerError } from '../errors.ts';
import { countOf } from '../formats/elements.ts';
import { CONFIG, TOKENIZER, WEIGHTS } from '../formats/file-names.ts';
import { writeSafetensors } from '../formats/safetensors-writer.ts';
import type { StoredTensor } from '../formats/stored-tensor.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { checksum } from '../wasm/checksum.ts';
import type { Exports } from '../wasm/exports.ts';
import { normalTensor } from '../wasm/normal.ts';
import type { SaveOptions } from './call-options.ts';
import { LAYOUTS, type Layout, scaleName, tensorName, tensorSpecs } from './layout.ts';
import type { TokenizerSource } from './model-files.ts';
import { convertWeight } from './quantize.ts';
import type { Weights } from './weights.ts';

/** The deviation that weights are drawn with, as in BERT and the reference. */
const DEVIATION = 0.02;

/** What save() gives back instead of writing it. */
export interface SavedModel {
  config: HashFormerConfig;
  weights: Uint8Array;
  tokenizer?: object;
}

/** What save() writes, and the file behind its hash or vocabulary. */
export interface SaveableModel {
  readonly config: Readonly<HashFormerConfig>;
  readonly list: Weights['list'];
  readonly layout: Layout;
  readonly tokenizer: unknown;
}

/** See HashFormer.save(). */
export async function saveModel(
  { config, list, layout: stored, tokenizer }: SaveableModel,
  target: string | URL | undefined,
  { layout = stored, dtype }: SaveOptions,
  wasm: Exports,
  write: Runtime['write'],
): Promise<SavedModel | undefined> {
  checkOneOf('The option "layout"', layout, LAYOUTS);
  const folder = target instanceof URL ? target.href : target;
  if (folder !== undefined && (typeof folder !== 'string' || folder === '')) {
    throw new HashformerError('argument', "save() takes a folder's path, or nothing.");
  }
  const saved: SavedModel = {
    config: structuredClone(config) as HashFormerConfig,
    weights: writeWeights(wasm, dtype === undefined ? list : convertWeights(list, dtype), layout),
    ...(tokenizer === undefined ? {} : { tokenizer: tokenizer as object }),
  };
  if (folder === undefined) return saved;
  await writeFolder(folder, saved, write);
  return undefined;
}

/** Writes a model's files, config.json last: a folder without one is no model yet. */
async function writeFolder(
  folder: string,
  { config, weights, tokenizer }: SavedModel,
  write: Runtime['write'],
): Promise<void> {
  const json = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
  const files = new Map([[WEIGHTS, weights]]);
  if (tokenizer !== undefined) files.set(TOKENIZER, json(tokenizer));
  files.set(CONFIG, json(config));
  await write(folder, files);
}

/** The same weights in another type; see quantize.ts. */
function convertWeights(weights: readonly Weight[], dtype: WeightDType): Weight[] {
  checkOneOf('The option "dtype"', dtype, WEIGHT_DTYPES);
  return weights.map((weight) => convertWeight(weight, dtype));
}

/** A safetensors file of these tensors in a layout, with its checksum in the metadata. */
function writeWeights(wasm: Exports, weights: readonly Weight[], layout: Layout): Uint8Array {
  const tensors = new Map<string, StoredTensor>();
  for (const { spec, tensor, scale } of weights) {
    const name = tensorName(spec, layout);
    tensors.set(name, tensor);
    if (scale !== null) tensors.set(scaleName(name), scale);
  }
  // The checksum covers the data section, which does not depend on the metadata.
  const bytes = writeSafetensors(tensors, { format: 'pt' });
  const header = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const digest = checksum(wasm, bytes.subarray(8 + header));
  return writeSafetensors(tensors, { format: 'pt', checksum: digest });
}

function filled(shape: readonly number[], value: number): StoredTensor {
  const count = countOf(shape);
  return {
    dtype: 'F32',
    shape: [...shape],
    data: new Uint8Array(new Float32Array(count).fill(value).buffer),
  };
}

/**
 * Fresh weights: matrices and tables normal with deviation 0.02, LayerNorm 1 and 0, biases 0, the padding row of
 * `pool` 0; the numbers are those of numpy.random.seed(seed), tensor after tensor.
 */
function initialWeights(wasm: Exports, config: HashFormerConfig, seed: number): Weight[] {
  const heads: (Head | null)[] = [null, 'classification'];
  if (config.sentence_embedding_size !== null) heads.push('sentence');
  return freshWeights(wasm, config, seed, heads);
}

/** The same for some parts of a model: its encoder (null) or heads. */
export function freshWeights(
  wasm: Exports,
  config: HashFormerConfig,
  seed: number,
  parts: readonly (Head | null)[],
): Weight[] {
  wasm.seedWeights(seed);
  return tensorSpecs(config)
    .filter((spec) => parts.includes(spec.head))
    .map((spec) => {
      let tensor: StoredTensor;
      if (spec.kind === 'bias') tensor = filled(spec.shape, 0);
      else if (spec.kind === 'vector') tensor = filled(spec.shape, spec.name.endsWith('.weight') ? 1 : 0);
      else tensor = normalTensor(wasm, spec.shape, DEVIATION);
      if (spec.name === 'embedding.components' && spec.shape[0] === POOL_COMPONENTS) {
        tensor.data.fill(0, 0, spec.shape[1]! * 4);
      }
      return { spec, tensor, scale: null };
    });
}

/** The files of a model with fresh weights; see HashFormer.init(). */
export function freshModel(
  config: HashFormerConfig,
  seed: number,
  tokenizer: TokenizerSource | undefined,
  wasm: Exports,
): { config: HashFormerConfig; weights: Uint8Array; tokenizer?: TokenizerSource } {
  const weights = writeWeights(wasm, initialWeights(wasm, config, seed), 'reference');
  return { config, weights, ...(tokenizer === undefined ? {} : { tokenizer }) };
}
