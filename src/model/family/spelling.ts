import type { Head } from '../../architecture/heads.ts';
import type { TensorSpec } from '../../architecture/tensor-spec.ts';
import type { StoredTensor } from '../../formats/stored-tensor.ts';

/** Tensors of a file by their names. */
export type Tensors = ReadonlyMap<string, StoredTensor>;

/**
 * How checkpoints name their tensors, by our names less a last `.weight` or `.bias`, and with N for the number of a layer.
 * A `*` stands for one of the prefixes.
 */
export interface Spelling {
  readonly prefixes: readonly string[];
  /** Where a tensor is called otherwise than in the reference's layout. */
  readonly names: Readonly<Record<string, string>>;
  /** Last parts of names, and what older checkpoints have in their place. */
  readonly old: Readonly<Record<string, string>>;
  /**
   * Heads whose names other tensors have too: which of config.json's `architectures` have the head, and without which
   * tensors, by our names, what is there is something else.
   */
  readonly ambiguous: Partial<
    Record<Head, { readonly architectures: RegExp; readonly needs: readonly string[] }>
  >;
  /** What a fresh classification head's dense layer begins with, where a file has it. */
  readonly pooler: readonly string[];
  /** Other heads and buffers, in files that hold more than this model: skipped and listed. */
  readonly extras: RegExp;
}

/** A file's spelling, found: what it calls each tensor, whether it has it or not. */
export interface Naming {
  /** Undefined in our own layout. */
  readonly spelling?: Spelling;
  nameOf(spec: TensorSpec): string;
  /** Whether it has nothing of a head, whatever the head's names stand for in it. */
  lacks(head: Head): boolean;
}

/** Our tensor names are told from their `.weight` and `.bias`, and layers from their numbers. */
const NAME = /^(layers\.)?(\d*)(.*?)(\.weight|\.bias)?$/;

/** The tensor's name in a spelling. */
function spell({ names }: Spelling, { name, reference, layer, head }: TensorSpec, prefix: string): string {
  const [, layers = '', , rest = '', suffix = ''] = NAME.exec(name)!;
  const stem = names[`${layers && 'layers.N'}${rest}`];
  if (stem === undefined) return head === null ? prefix + reference : reference;
  return stem.replace('*', prefix).replace('.N.', `.${layer}.`) + suffix;
}

/** What a file of a spelling is expected to call a tensor. */
export function nameIn(spelling: Spelling, spec: TensorSpec): string {
  return spell(spelling, spec, spelling.prefixes[0]!);
}

/** The same, or what an old checkpoint calls it, where the file has that. */
function find(spelling: Spelling, spec: TensorSpec, prefix: string, tensors: Tensors): string {
  const name = spell(spelling, spec, prefix);
  if (tensors.has(name)) return name;
  const end = Object.keys(spelling.old).find((one) => name.slice(-one.length) === one);
  const older = end === undefined ? name : name.slice(0, -end.length) + spelling.old[end];
  return tensors.has(older) ? older : name;
}

/**
 * How a file spells a model's tensors: the first spelling and prefix that give the embeddings' LayerNorm, rather one in
 * which it has a classification head than one in which it has none.
 *
 * @param architectures those of config.json
 * @returns undefined: in none of these
 */
export function findNaming(
  spellings: readonly Spelling[],
  specs: readonly TensorSpec[],
  tensors: Tensors,
  architectures: unknown,
): Naming | undefined {
  const norm = specs.find(({ name }) => name === 'embedding.norm.weight')!;
  const output = specs.find(({ name }) => name === 'classifier.output.weight')!;
  const fitting: Naming[] = [];
  for (const spelling of spellings) {
    const prefix = spelling.prefixes.find((one) => tensors.has(find(spelling, norm, one, tensors)));
    if (prefix !== undefined) fitting.push(namingOf(spelling, prefix, specs, tensors, architectures));
  }
  const classifies = (naming: Naming) =>
    !naming.lacks('classification') && tensors.has(naming.nameOf(output));
  return fitting.find(classifies) ?? fitting[0];
}

function namingOf(
  spelling: Spelling,
  prefix: string,
  specs: readonly TensorSpec[],
  tensors: Tensors,
  architectures: unknown,
): Naming {
  const nameOf = (spec: TensorSpec) => find(spelling, spec, prefix, tensors);
  return {
    spelling,
    nameOf,
    lacks(head) {
      const ambiguous = spelling.ambiguous[head];
      if (ambiguous === undefined) return false;
      const needed = specs.filter(({ name }) => ambiguous.needs.includes(name));
      if (needed.some((spec) => !tensors.has(nameOf(spec)))) return true;
      return (
        Array.isArray(architectures) && !architectures.some((name) => ambiguous.architectures.test(name))
      );
    },
  };
}
