// What a host in another language needs of the wasm module: the numbers of assembly/abi.ts by their names, and the
// tensors of every model, with sizes by the names that config.json has for them. The build writes it to
// dist/wasm/abi.json; the package itself never reads it.

import * as abi from '../../assembly/abi.ts';
import { ROBERTA_ARCHITECTURE } from '../architecture/architecture.ts';
import { type HashFormerConfig, parseConfig } from '../architecture/config.ts';
import type { Head } from '../architecture/heads.ts';
import type { TensorSpec } from '../architecture/tensor-spec.ts';
import { POOL_COMPONENTS, VARIANTS, type Variant } from '../architecture/variants.ts';
import { ENCODER_BLOCK, KERNEL_NUMBERS } from '../backend/encoder-block.ts';
import { REFERENCE } from './family/hashformer.ts';
import { tensorSpecs } from './layout.ts';

/** A size: a number, a field of config.json (of a list its length), or the sum of the two. */
export type Size = number | string | readonly [string, number];

/** The names of a tensor in both layouts. In the reference's a `*` stands for one of the prefixes. */
interface Names {
  readonly name: string;
  readonly reference: string;
}

/** What one call of createTable() or createLinear() makes room for. */
export interface DescribedTensor {
  readonly create: 'table' | 'linear';
  readonly slot: number;
  /** Whether every layer has it; its names then hold `{layer}`. */
  readonly every_layer: boolean;
  /** Variants that have it. */
  readonly variants: readonly Variant[];
  /** The head that it belongs to, or null. */
  readonly head: Head | null;
  /** Whether a model may lack it. */
  readonly optional: boolean;
  readonly rows: Size;
  readonly width: Size;
  /** Whether it may be created with `quantized` 1. */
  readonly int8: boolean;
  /** Of a linear layer: sizes of the groups of its channels, 0 for none. */
  readonly output_group: Size;
  readonly input_group: Size;
  /** The stored tensors, of a linear layer one a part. */
  readonly parts: readonly (Names & { readonly bias: Names | null })[];
}

export interface AbiDescription {
  readonly abi_version: number;
  /** All constants of assembly/abi.ts. */
  readonly constants: Readonly<Record<string, number>>;
  readonly dtypes: Readonly<Record<string, number>>;
  readonly variants: Readonly<Record<string, number>>;
  readonly hashes: Readonly<Record<string, number>>;
  readonly poolings: Readonly<Record<string, number>>;
  /** The fields of the block that configureEncoder() reads, in their order. */
  readonly encoder: readonly object[];
  /** What the kernels compute of each part of an architecture, and by what numbers they know it. */
  readonly architecture: typeof KERNEL_NUMBERS;
  /** What the names of an encoder's tensors may begin with in the reference's layout, in place of the `*`. */
  readonly prefixes: readonly string[];
  readonly tensors: readonly DescribedTensor[];
}

/** Sizes of a model that no two things have in common, and what each is: so shapes tell what they are made of. */
const HEADS = 7;
const SIZES: Readonly<Record<string, number>> = {
  hidden_size: HEADS * 1009,
  intermediate_size: 20011,
  embedding_size: 9001,
  buckets: 1000003,
  vocab_size: 500009,
  max_position_embeddings: 3001,
  type_vocab_size: 16,
  num_labels: 3023,
  token_labels: 3049,
  sentence_embedding_size: 3067,
};
/** What a config.json says of the encoder's block in any case. */
const REQUIRED: Readonly<Record<string, true>> = {
  hidden_size: true,
  num_hidden_layers: true,
  num_attention_heads: true,
  intermediate_size: true,
};
/** hidden_size / num_attention_heads */
const HEAD_SIZE = 'head_size';

function configOf(variant: Variant, sizes: Readonly<Record<string, unknown>>): HashFormerConfig {
  return parseConfig({
    variant,
    num_attention_heads: HEADS,
    num_hidden_layers: 1,
    ...sizes,
    token_labels: Array.from({ length: SIZES.token_labels! }, (_, i) => String(i)),
  });
}

/** What a size is made of, which must be the only thing that it can be. */
function sizeOf(value: number): Size {
  if (value === SIZES.hidden_size! / HEADS) return HEAD_SIZE;
  const found = Object.entries(SIZES).filter(
    ([, size]) => value === size || value === size + abi.SPECIAL_TOKENS,
  );
  if (found.length === 0 && value <= POOL_COMPONENTS) return value;
  if (found.length !== 1)
    throw new Error(`abi.json: a tensor has the size ${value}, which nothing describes.`);
  const [name, size] = found[0]!;
  return value === size ? name : [name, value - size];
}

/** Names that are a tensor's in any layer. */
function namesOf({ name, reference, head }: TensorSpec): Names {
  return {
    name: name.replace(/^layers\.0\./, 'layers.{layer}.'),
    reference:
      (head === null ? '*' : '') + reference.replace(/^encoder\.layer\.0\./, 'encoder.layer.{layer}.'),
  };
}

/** The tensors of a variant, one a call that creates them. */
function describeVariant(variant: Variant): DescribedTensor[] {
  const full = tensorSpecs(configOf(variant, SIZES));
  // What is left out where there is nothing for it to do.
  const { embedding_size: _, sentence_embedding_size: __, ...fewer } = SIZES;
  const least = tensorSpecs(
    configOf(variant, { ...fewer, ...(variant === 'vocab' && { type_vocab_size: 0 }) }),
  );
  const always = new Set(least.map(({ name }) => name));
  const weights = full.filter(({ kind }) => kind !== 'bias');
  return weights
    .filter(({ part }) => part === 0)
    .map((spec) => {
      const { slot, kind, head, shape, outputGroup, inputGroup, name } = spec;
      const linear = kind === 'linear';
      const parts = weights.filter((other) => other.slot === slot && other.layer === spec.layer && linear);
      return {
        create: linear ? 'linear' : 'table',
        slot,
        every_layer: name.startsWith('layers.'),
        variants: [variant],
        head,
        optional: head !== null || !always.has(name),
        rows: shape.length === 1 ? 1 : sizeOf(shape[0]!),
        width: sizeOf(shape.at(-1)!),
        int8: linear || kind === 'table',
        output_group: outputGroup === 0 ? 0 : sizeOf(outputGroup),
        input_group: inputGroup === 0 ? 0 : sizeOf(inputGroup),
        parts: (linear ? parts : [spec]).map((part) => {
          const bias = full.find(
            (one) => one.kind === 'bias' && one.name === part.name.replace(/weight$/, 'bias'),
          );
          return { ...namesOf(part), bias: linear && bias !== undefined ? namesOf(bias) : null };
        }),
      };
    });
}

/** Tensors that differ in nothing but the variant are one. */
function describeTensors(): DescribedTensor[] {
  const found = new Map<string, DescribedTensor>();
  for (const variant of VARIANTS) {
    for (const tensor of describeVariant(variant)) {
      const key = JSON.stringify({ ...tensor, variants: [], optional: false });
      const same = found.get(key);
      found.set(key, {
        ...tensor,
        variants: [...(same?.variants ?? []), variant],
        optional: tensor.optional || (same?.optional ?? false),
      });
    }
  }
  return [...found.values()];
}

/** See docs/abi.md. */
export function describeAbi(): AbiDescription {
  const defaults = configOf('emb', SIZES);
  return {
    abi_version: abi.ABI_VERSION,
    constants: { ...abi },
    dtypes: { F32: abi.F32, F16: abi.F16, BF16: abi.BF16, I8: abi.I8 },
    variants: {
      emb: abi.EMB,
      pool: abi.POOL,
      add: abi.ADD,
      proj: abi.PROJ,
      ngram: abi.NGRAM,
      vocab: abi.VOCAB,
    },
    hashes: { md5: abi.MD5, lsh: abi.LSH, simhash: abi.SIMHASH },
    poolings: { cls: abi.CLS, mean: abi.MEAN, max: abi.MAX },
    encoder: ENCODER_BLOCK.map((field) => {
      if ('part' in field) return { ...field, default: ROBERTA_ARCHITECTURE[field.part] };
      return field.field in REQUIRED ? field : { ...field, default: defaults[field.field] };
    }),
    architecture: KERNEL_NUMBERS,
    prefixes: REFERENCE.prefixes,
    tensors: describeTensors(),
  };
}
