import { runtime } from '#runtime';
import { throwIfAborted } from '../abort.ts';
import type { HashFormerConfig } from '../architecture/config.ts';
import { needsTokenizer } from '../architecture/hasher.ts';
import { VARIANT } from '../architecture/variants.ts';
import type { Backend } from '../backend/backend.ts';
import { type Adapter, adapterOf, BACKENDS, type BackendName } from '../backend/backends.ts';
import type { TierChoice } from '../runtime/tier.ts';
import type { Assemble } from '../tokenizer/tokenizer.ts';
import { checksum } from '../wasm/checksum.ts';
import type { Exports } from '../wasm/exports.ts';
import { instantiateModule } from '../wasm/module.ts';
import { tensorSpecs } from './layout.ts';
import type { ModelFiles } from './model-files.ts';
import { readConfig } from './read-config.ts';
import { resolveWeights, type Weights } from './weights.ts';

export interface CreateOptions {
  backend: BackendName;
  tier: TierChoice | undefined;
  signal: AbortSignal | undefined;
}

export interface Created {
  readonly config: HashFormerConfig;
  readonly weights: Weights;
  readonly backend: Backend;
  readonly adapter: Adapter;
  /** The tokenizer.json behind the hash or the vocabulary, parsed; undefined where neither needs one. */
  readonly tokenizer: unknown;
  /** How the model reads a text; without it as `assemble()` does. */
  readonly assemble?: Assemble | undefined;
}

/** A model must leave room in the 4 GiB that wasm can address. */
const MOST_WEIGHT_BYTES = 3.5e9;

/** @throws HashformerError `config`: no engine could hold such a model */
export async function checkSize(config: HashFormerConfig): Promise<void> {
  const count = tensorSpecs(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
  if (count * 4 > MOST_WEIGHT_BYTES) throw (await import('./load-refusal.ts')).tooLarge(count);
}

/** @throws HashformerError `weights`: a file is damaged */
export async function verifyChecksums(wasm: Exports, files: ModelFiles['files']): Promise<void> {
  for (const { metadata, data } of files) {
    const expected = metadata.checksum;
    if (expected === undefined || !expected.startsWith('xxh64:')) continue;
    const got = checksum(wasm, data);
    if (got !== expected) throw (await import('./load-refusal.ts')).damaged(got, expected);
  }
}

/**
 * What reads a tokenizer.json is a chunk of its own: only the reference's LSH and vocabularies need it. The file may
 * make max_length smaller.
 */
export async function loadTokenizer(
  config: HashFormerConfig,
  tokenizer: unknown,
  signal: AbortSignal | undefined,
) {
  if (!needsTokenizer(config)) return undefined;
  const { readModelTokenizer } = await import('./tokenizer-file.ts');
  const found = await readModelTokenizer(tokenizer, config, runtime.read, signal);
  config.max_length = found.maxLength ?? config.max_length;
  return found;
}

/**
 * A model's configuration and weights, checked against each other.
 *
 * @throws HashformerError `config`, `weights`
 */
export async function readModel({ config: json, tensors }: Pick<ModelFiles, 'config' | 'tensors'>) {
  const config = await readConfig(json);
  await checkSize(config);
  const spellings =
    VARIANT[config.variant].lookUp === 'id'
      ? (await import('./family/families.ts')).spellingsOf((json as { model_type?: unknown }).model_type)
      : undefined;
  return { config, weights: resolveWeights(config, tensors, spellings) };
}

/** Checks a model's files against each other and gives them to a backend. */
export async function createModel(source: ModelFiles, options: CreateOptions): Promise<Created> {
  const { config, weights } = await readModel(source);
  const tokenizer = await loadTokenizer(config, source.tokenizer, options.signal);
  const { exports, tier } = await instantiateModule(options.tier);
  throwIfAborted(options.signal);
  await verifyChecksums(exports, source.files);
  const backend = await BACKENDS[options.backend]({
    config,
    weights: weights.list,
    wasm: exports,
    tier,
    pieces: tokenizer?.hasher,
  });
  return {
    config,
    weights,
    backend,
    adapter: adapterOf(options.backend, backend),
    tokenizer: tokenizer?.json,
    assemble: tokenizer?.assemble,
  };
}
