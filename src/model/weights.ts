import type { HashFormerConfig } from '../architecture/config.ts';
import { HashformerError } from '../errors.ts';
import type { StoredTensor } from '../formats/stored-tensor.ts';
import {
  type Head,
  isKnownExtra,
  type Layout,
  REFERENCE_PREFIX,
  scaleName,
  type TensorSpec,
  tensorName,
  tensorSpecs,
} from './layout.ts';

/** One tensor of the model as it is stored. */
export interface Weight {
  readonly spec: TensorSpec;
  readonly tensor: StoredTensor;
  /** One f32 a row for int8, else null. */
  readonly scale: StoredTensor | null;
}

export interface Weights {
  readonly list: readonly Weight[];
  readonly layout: Layout;
  readonly heads: ReadonlySet<Head>;
  /** Names of tensors that belong to heads this model does not use. */
  readonly skipped: readonly string[];
}

const LOADABLE = ['F32', 'F16', 'BF16', 'I8'];

/** Encoders stand under a prefix or under none; the embeddings' LayerNorm tells which. */
function layoutOf(tensors: ReadonlyMap<string, StoredTensor>): { layout: Layout; prefix: string } {
  if (tensors.has('embedding.norm.weight')) return { layout: 'hashformer', prefix: '' };
  for (const prefix of [REFERENCE_PREFIX, 'bert.', 'hashformer.', '']) {
    if (tensors.has(`${prefix}embeddings.LayerNorm.weight`)) return { layout: 'reference', prefix };
  }
  throw new HashformerError(
    'weights',
    'The weights hold no HashFormer: neither "embedding.norm.weight" nor ' +
      `"${REFERENCE_PREFIX}embeddings.LayerNorm.weight" is among their ${tensors.size} tensors.`,
  );
}

function checkShape(name: string, tensor: StoredTensor, shape: readonly number[]): void {
  if (tensor.shape.length !== shape.length || tensor.shape.some((size, i) => size !== shape[i])) {
    throw new HashformerError(
      'weights',
      `The tensor "${name}" has the shape [${tensor.shape}], but config.json makes it [${shape}].`,
    );
  }
}

function findScale(name: string, tensor: StoredTensor, tensors: ReadonlyMap<string, StoredTensor>) {
  if (tensor.dtype !== 'I8') return null;
  const scale = tensors.get(scaleName(name));
  if (scale === undefined || scale.dtype !== 'F32' || tensor.shape.length !== 2) {
    throw new HashformerError(
      'weights',
      `The int8 tensor "${name}" needs two dimensions and its scales, one F32 a row, under "${scaleName(name)}".`,
    );
  }
  checkShape(scaleName(name), scale, [tensor.shape[0]!]);
  return scale;
}

/**
 * Finds the tensors of a model in a file's tensors, whichever layout they are in.
 *
 * @throws HashformerError `weights`: a tensor is missing, unexpected, or of another shape or type
 */
export function resolveWeights(
  config: HashFormerConfig,
  tensors: ReadonlyMap<string, StoredTensor>,
): Weights {
  const { layout, prefix } = layoutOf(tensors);
  const used = new Set<string>();
  const list: Weight[] = [];
  const heads = new Set<Head>();
  const missing: TensorSpec[] = [];
  for (const spec of tensorSpecs(config)) {
    const name = tensorName(spec, layout, prefix);
    const tensor = tensors.get(name);
    if (tensor === undefined) {
      missing.push(spec);
      continue;
    }
    checkShape(name, tensor, spec.shape);
    if (!LOADABLE.includes(tensor.dtype)) {
      throw new HashformerError(
        'weights',
        `The tensor "${name}" has the type ${tensor.dtype}; expected one of ${LOADABLE.join(', ')}.`,
      );
    }
    const scale = findScale(name, tensor, tensors);
    used.add(name);
    if (scale !== null) used.add(scaleName(name));
    if (spec.head !== null) heads.add(spec.head);
    list.push({ spec, tensor, scale });
  }
  for (const spec of missing) {
    // A head may be missing as a whole, not in parts.
    if (spec.head !== null && !heads.has(spec.head)) continue;
    const name = tensorName(spec, layout, prefix);
    throw new HashformerError(
      'weights',
      `The weights lack the tensor "${name}", which config.json asks for.`,
    );
  }
  const skipped = [...tensors.keys()].filter((name) => !used.has(name));
  const unknown = skipped.find((name) => !isKnownExtra(name));
  if (unknown !== undefined) {
    throw new HashformerError(
      'weights',
      `The weights hold the tensor "${unknown}", which a "${config.variant}" model with ` +
        `${config.num_hidden_layers} layers does not have; config.json may belong to another model.`,
    );
  }
  return { list, layout, heads, skipped };
}
