import type { HashFormerConfig } from '../architecture/config.ts';
import { WEIGHT_DTYPE, WEIGHT_DTYPES } from '../architecture/dtypes.ts';
import type { Head } from '../architecture/heads.ts';
import type { TensorSpec, Weight } from '../architecture/tensor-spec.ts';
import { HashformerError } from '../errors.ts';
import type { DType, StoredTensor } from '../formats/stored-tensor.ts';
import { REFERENCE } from './family/hashformer.ts';
import { findNaming, type Naming, nameIn, type Spelling, type Tensors } from './family/spelling.ts';
import { type Layout, scaleName, tensorSpecs } from './layout.ts';

export interface Weights {
  readonly list: readonly Weight[];
  readonly layout: Layout;
  /** What a fresh classification head's dense layer may begin with, under these names. */
  readonly pooler: readonly string[];
  readonly heads: ReadonlySet<Head>;
  /** Names of tensors that belong to heads this model does not use. */
  readonly skipped: readonly string[];
}

/** Types of tensors that models are loaded from. */
const LOADABLE: readonly DType[] = WEIGHT_DTYPES.map((dtype) => WEIGHT_DTYPE[dtype].stored);

/** Our own layout, or one of the spellings, whichever has the embeddings' LayerNorm. */
function namingOf(
  config: HashFormerConfig,
  specs: readonly TensorSpec[],
  tensors: Tensors,
  spellings: readonly Spelling[],
): Naming {
  const norm = 'embedding.norm.weight';
  if (tensors.has(norm)) return { nameOf: ({ name }) => name, lacks: () => false };
  const naming = findNaming(spellings, specs, tensors, config.architectures);
  if (naming !== undefined) return naming;
  const spec = specs.find(({ name }) => name === norm)!;
  throw new HashformerError(
    'weights',
    `The weights hold no HashFormer: neither "${norm}" nor "${nameIn(spellings[0]!, spec)}" is among their ` +
      `${tensors.size} tensors.`,
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
 * @param spellings of the model's family; without them those of hashed models
 * @throws HashformerError `weights`: a tensor is missing, unexpected, or of another shape or type
 */
export function resolveWeights(
  config: HashFormerConfig,
  tensors: Tensors,
  spellings: readonly Spelling[] = [REFERENCE],
): Weights {
  const specs = tensorSpecs(config);
  const naming = namingOf(config, specs, tensors, spellings);
  const { extras, pooler } = naming.spelling ?? spellings[0]!;
  const used = new Set<string>();
  const list: Weight[] = [];
  const heads = new Set<Head>();
  const missing: TensorSpec[] = [];
  for (const spec of specs) {
    const name = naming.nameOf(spec);
    const tensor = spec.head !== null && naming.lacks(spec.head) ? undefined : tensors.get(name);
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
    const name = naming.nameOf(spec);
    throw new HashformerError(
      'weights',
      `The weights lack the tensor "${name}", which config.json asks for.`,
    );
  }
  const skipped = [...tensors.keys()].filter((name) => !used.has(name));
  const unknown = skipped.find((name) => !extras.test(name));
  if (unknown !== undefined) {
    throw new HashformerError(
      'weights',
      `The weights hold the tensor "${unknown}", which a "${config.variant}" model with ` +
        `${config.num_hidden_layers} layers does not have; config.json may belong to another model.`,
    );
  }
  const layout = naming.spelling === undefined ? 'hashformer' : 'reference';
  return { list, layout, pooler, heads, skipped };
}
