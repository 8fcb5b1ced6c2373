import { runtime } from '#runtime';
import { throwIfAborted } from '../abort.ts';
import type { Backend } from '../backend/backend.ts';
import { checksum } from '../backend/checksum.ts';
import type { Exports } from '../backend/exports.ts';
import { Hasher } from '../backend/hasher.ts';
import { instantiateModule } from '../backend/module.ts';
import type { Tier } from '../backend/tier.ts';
import { WasmBackend } from '../backend/wasm.ts';
import { HashformerError } from '../errors.ts';
import { type HashFormerConfig, parseConfig } from './config.ts';
import { tensorSpecs } from './layout.ts';
import type { ModelFiles } from './source.ts';
import { resolveWeights, type Weights } from './weights.ts';

export interface CreateOptions {
  backend: 'wasm' | 'reference';
  tier: Tier | undefined;
  signal: AbortSignal | undefined;
}

export interface Created {
  readonly config: HashFormerConfig;
  readonly weights: Weights;
  readonly backend: Backend;
  /** The tokenizer.json behind the hash, parsed; undefined where the hash needs none. */
  readonly tokenizer: unknown;
}

/** Rows of a batch that memory is reserved for; longer sequences than this get what they need. */
export const BATCH_ROWS = 256;
/** A model must leave room in the 4 GiB that wasm can address. */
const MOST_WEIGHT_BYTES = 3.5e9;

/** @throws HashformerError `config`: no engine could hold such a model */
export function checkSize(config: HashFormerConfig): void {
  const count = tensorSpecs(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
  if (count * 4 > MOST_WEIGHT_BYTES) {
    throw new HashformerError(
      'config',
      `config.json describes ${Math.round(count / 1e6)} million parameters; WebAssembly can address 4 GiB.`,
    );
  }
}

export function verifyChecksums(wasm: Exports, files: ModelFiles['files']): void {
  for (const { metadata, data } of files) {
    const expected = metadata.checksum;
    if (expected === undefined || !expected.startsWith('xxh64:')) continue;
    const got = checksum(wasm, data);
    if (got !== expected) {
      throw new HashformerError(
        'weights',
        `The weights are damaged: their checksum is ${got}, the file says ${expected}; download them again.`,
      );
    }
  }
}

/** The reference's LSH is a chunk of its own: no other hash needs it. */
export async function loadLsh(config: HashFormerConfig, tokenizer: unknown, signal: AbortSignal | undefined) {
  const { readLsh } = await import('../hash/tokenizer-file.ts');
  return readLsh(tokenizer, config, runtime.read, signal);
}

/** Checks a model's files against each other and gives them to a backend. */
export async function createModel(source: ModelFiles, options: CreateOptions): Promise<Created> {
  const config = parseConfig(source.config);
  checkSize(config);
  const weights = resolveWeights(config, source.tensors);
  const lsh = config.hash === 'lsh' ? await loadLsh(config, source.tokenizer, options.signal) : undefined;
  const { exports, tier } = await instantiateModule(options.tier);
  throwIfAborted(options.signal);
  verifyChecksums(exports, source.files);
  let backend: Backend;
  if (options.backend === 'reference') {
    const { ReferenceBackend } = await import('../backend/reference.ts');
    backend = new ReferenceBackend(config, weights.list, new Hasher(exports, config, lsh?.hasher));
  } else {
    backend = new WasmBackend(
      exports,
      tier,
      config,
      weights.list,
      lsh?.hasher,
      Math.max(BATCH_ROWS, config.max_length),
    );
  }
  return { config, weights, backend, tokenizer: lsh?.json };
}
