import type { HashFormerConfig } from '../architecture/config.ts';
import type { Head } from '../architecture/heads.ts';
import type { TensorSpec, Weight } from '../architecture/tensor-spec.ts';
import { VARIANTS, type Variant } from '../architecture/variants.ts';
import { countOf } from '../formats/elements.ts';
import { readModel } from '../model/create.ts';
import { type Layout, tensorSpecs } from '../model/layout.ts';
import type { Source } from '../model/source.ts';
import { readSource } from '../model/source.ts';

/** Parameters that belong together, and the bytes that a file stores them in. */
export interface Part {
  readonly part: string;
  readonly parameters: number;
  readonly bytes: number;
}

/** What a model's files say about it. */
export interface Facts {
  readonly config: HashFormerConfig;
  readonly layout: Layout;
  /** Types of the stored tensors, the one with most parameters first. */
  readonly dtypes: readonly string[];
  readonly heads: readonly Head[];
  readonly skipped: readonly string[];
  /** As the file has it; null where it has none. */
  readonly checksum: string | null;
  readonly parts: readonly Part[];
  readonly parameters: number;
  readonly bytes: number;
}

const DTYPES: Record<string, string> = { F32: 'f32', F16: 'f16', BF16: 'bf16', I8: 'int8' };

/** What turns a token into a vector, and so what the variants differ in. */
export function isTokenEmbedding({ name }: TensorSpec): boolean {
  return /^embedding\.(?!position$|type$|norm\.)/.test(name);
}

export function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

function partOf(spec: TensorSpec): string {
  if (spec.head !== null) return `${spec.head} head`;
  if (isTokenEmbedding(spec)) return 'token embedding';
  return spec.name.startsWith('layers.') ? `layer ${spec.layer}` : 'positions, types, norm';
}

function bytesOf({ tensor, scale }: Weight): number {
  return tensor.data.length + (scale?.data.length ?? 0);
}

function tally<K>(weights: readonly Weight[], key: (weight: Weight) => K): Map<K, Weight[]> {
  const groups = new Map<K, Weight[]>();
  for (const weight of weights) {
    const name = key(weight);
    groups.set(name, [...(groups.get(name) ?? []), weight]);
  }
  return groups;
}

function parametersOf(weights: readonly Weight[]): number {
  return sum(weights.map(({ spec }) => countOf(spec.shape)));
}

/**
 * Reads a model's files without computing anything.
 *
 * @throws HashformerError as HashFormer.load()
 */
export async function readFacts(source: Source, signal: AbortSignal): Promise<Facts> {
  const files = await readSource(source, signal);
  const { config, weights } = await readModel(files);
  const { list, layout, heads, skipped } = weights;
  const byType = [...tally(list, ({ tensor }) => DTYPES[tensor.dtype] ?? tensor.dtype)];
  byType.sort(([, a], [, b]) => parametersOf(b) - parametersOf(a));
  return {
    config,
    layout,
    dtypes: byType.map(([name]) => name),
    heads: [...heads],
    skipped,
    checksum:
      files.files.map(({ metadata }) => metadata.checksum).find((checksum) => checksum !== undefined) ?? null,
    parts: [...tally(list, ({ spec }) => partOf(spec))].map(([part, weights]) => ({
      part,
      parameters: parametersOf(weights),
      bytes: sum(weights.map(bytesOf)),
    })),
    parameters: parametersOf(list),
    bytes: sum(list.map(bytesOf)),
  };
}

/** What a variant costs. */
export interface VariantCost {
  readonly variant: Variant;
  readonly embedding: number;
  readonly total: number;
}

/** What each variant would cost at a model's size, with the heads that it has; `vocab` where it is of that variant. */
export function variantCosts({ config, heads }: Pick<Facts, 'config' | 'heads'>): VariantCost[] {
  const variants = VARIANTS.filter((variant) => variant !== 'vocab' || config.variant === variant);
  return variants.map((variant) => {
    const specs = tensorSpecs({ ...config, variant }).filter(
      ({ head }) => head === null || heads.includes(head),
    );
    return {
      variant,
      embedding: sum(specs.filter(isTokenEmbedding).map(({ shape }) => countOf(shape))),
      total: sum(specs.map(({ shape }) => countOf(shape))),
    };
  });
}
