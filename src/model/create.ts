import type { Backend, Tier } from '../backend/backend.ts';
import { checksum } from '../backend/checksum.ts';
import { Hasher } from '../backend/hasher.ts';
import { type Exports, instantiateModule } from '../backend/module.ts';
import { WasmBackend } from '../backend/wasm.ts';
import { HashformerError, throwIfAborted } from '../errors.ts';
import type { Bpe } from '../hash/bpe.ts';
import { type HashFormerConfig, parseConfig } from './config.ts';
import { tensorSpecs } from './layout.ts';
import { type ModelFiles, readTokenizer } from './source.ts';
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
  let count = 0;
  for (const { shape } of tensorSpecs({ ...config, num_hidden_layers: 0 })) count += shape.reduce((a, b) => a * b, 1);
  const { hidden_size: hidden, intermediate_size: intermediate } = config;
  count += config.num_hidden_layers * hidden * (4 * hidden + 2 * intermediate);
  if (count * 4 > MOST_WEIGHT_BYTES) {
    throw new HashformerError(
      'config',
      `config.json describes ${Math.round(count / 1e6)} million parameters; WebAssembly can address 4 GiB.`,
    );
  }
}

function verifyChecksums(wasm: Exports, files: ModelFiles['files']): void {
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

async function loadBpe(json: unknown): Promise<Bpe> {
  return (await import('../hash/bpe.ts')).loadBpe(json);
}

/** Checks a model's files against each other and gives them to a backend. */
export async function createModel(source: ModelFiles, options: CreateOptions): Promise<Created> {
  const config = parseConfig(source.config);
  checkSize(config);
  const weights = resolveWeights(config, source.tensors);
  const tokenizer = config.hash === 'lsh' ? await readTokenizer(source.tokenizer, options.signal) : undefined;
  const bpe = tokenizer === undefined ? undefined : await loadBpe(tokenizer);
  const { exports, tier } = await instantiateModule(options.tier);
  throwIfAborted(options.signal);
  verifyChecksums(exports, source.files);
  let backend: Backend;
  if (options.backend === 'reference') {
    const { ReferenceBackend } = await import('../backend/reference.ts');
    backend = new ReferenceBackend(config, weights.list, new Hasher(exports, config, bpe));
  } else {
    backend = new WasmBackend(exports, tier, config, weights.list, bpe, Math.max(BATCH_ROWS, config.max_length));
  }
  return { config, weights, backend, tokenizer };
}
