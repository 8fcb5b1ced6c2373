import {
  type Architecture,
  checkArchitecture,
  differences,
  type Part,
  ROBERTA_ARCHITECTURE,
} from '../../architecture/architecture.ts';
import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import type { Spelling } from './spelling.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A family of encoders: models that one class of Transformers computes, or a class of its own kin. */
export interface Family {
  /** Its `model_type`s, and what Transformers takes for fields that a config.json of each leaves out. */
  readonly modelTypes: Readonly<Record<string, Fields>>;
  /** What it calls fields of ours that it has other names for. */
  readonly fieldNames?: Readonly<Record<string, string>>;
  /** Fields of ours that follow from those it has, or that are the same for all its models. */
  fields(config: Fields, modelType: string): Fields;
  /** Where it is another than RoBERTa's; a choice that config.json makes is passed as it is and checked. */
  architecture(config: Fields): Partial<Record<Part, unknown>>;
  /** What config.json calls parts of the architecture that it chooses. */
  readonly fieldOf: Partial<Record<Part, string>>;
  /** How its checkpoints name tensors; the first that fits a file is taken. */
  readonly spellings: readonly Spelling[];
}

/** Names of the exact GELU, x/2 · (1 + erf(x / √2)), among those of activations. */
const EXACT_GELU: readonly unknown[] = ['gelu', 'gelu_python'];

/** A `hidden_act` of Transformers as the architecture has it. */
export function activation(name: unknown): unknown {
  return EXACT_GELU.includes(name) ? 'gelu' : name;
}

function reject(field: string, expected: string, got: unknown): never {
  throw new HashformerError(
    'config',
    `config.json: "${field}" must be ${expected} for a model of this family, but is ${show(got)}.`,
  );
}

/** A field that must be a whole number. */
export function wholeNumber(config: Fields, field: string): number {
  const value = config[field];
  return Number.isInteger(value) ? (value as number) : reject(field, 'a whole number', value);
}

/** What no encoder of this package computes, whatever its family. */
function checkEncoder(config: Fields): void {
  for (const field of ['is_decoder', 'add_cross_attention']) {
    if (config[field]) reject(field, 'false (only encoders are computed here)', config[field]);
  }
  const { pruned_heads = {} } = config;
  if (Object.keys(Object(pruned_heads)).length > 0)
    reject('pruned_heads', 'empty (heads of one size are computed here)', pruned_heads);
}

/** The fields under our names. */
function renameFields(config: Fields, names: Readonly<Record<string, string>>): Fields {
  const ours = new Map(Object.entries(names).map(([to, from]) => [from, to]));
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [ours.get(name) ?? name, value]));
}

/**
 * A family's config.json as one of ours, of the variant `vocab`. Sentences are the normalised mean of the hidden states
 * unless it says otherwise.
 *
 * @throws HashformerError `config`: an encoder that cannot be computed here
 */
export function translateConfig(family: Family, modelType: string, given: Fields): Fields {
  // Null is what Transformers writes for "not set".
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  // The length of generated texts means nothing here.
  const { max_length: _, ...merged } = renameFields(
    { ...family.modelTypes[modelType], ...set },
    family.fieldNames ?? {},
  );
  const chosen = family.architecture(merged);
  const architecture: Partial<Architecture> = checkArchitecture(chosen, family.fieldOf);
  checkEncoder(merged);
  const { activation: hidden_act = 'gelu', ...rest } = architecture;
  const fields: Fields = {
    ...merged,
    model_type: 'hashformer',
    variant: 'vocab',
    hidden_act,
    ...family.fields(merged, modelType),
  };
  const others = differences(rest, ROBERTA_ARCHITECTURE);
  return Object.keys(others).length === 0 ? fields : { ...fields, architecture: others };
}
