import { SPECIAL_TOKENS } from '../../assembly/abi.ts';
import { type Backend, type Output, TIERS, type Tier } from '../backend/backend.ts';
import { CODE_BYTES } from '../backend/hasher.ts';
import { HashformerError, throwIfAborted } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import type { Text } from '../tokenizer/text.ts';
import { assemble, type Sequence } from '../tokenizer/tokenizer.ts';
import {
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkText,
  checkTexts,
} from './arguments.ts';
import { batches, idsOf, toBatch } from './batches.ts';
import { type HashFormerConfig, POOLINGS, type Pooling, parseConfig } from './config.ts';
import { BATCH_ROWS, type Created, createModel } from './create.ts';
import type { Head, Layout } from './layout.ts';
import type { WeightDType } from './quantize.ts';
import { convertWeights, initialWeights, type SavedModel, writeFolder, writeWeights } from './save.ts';
import { readSource, type Source, type TokenizerSource } from './source.ts';

export interface LoadOptions {
  /** `wasm` (default), or `reference`: float64, slow, the oracle. */
  backend?: 'wasm' | 'reference';
  /** Default: simd, or scalar on engines without SIMD. */
  tier?: Tier;
  signal?: AbortSignal;
}

export interface SaveOptions {
  /** Names of the tensors. Default: as they were loaded. */
  layout?: Layout;
  /** Type of the tensors. Default: as they were loaded. */
  dtype?: WeightDType;
}

export interface RunOptions {
  /** Checked between batches. */
  signal?: AbortSignal;
  /** Most texts computed at once; the result does not depend on it. */
  batchSize?: number;
}

export interface EncodeOptions extends RunOptions {
  /** `none` (default): hidden states of every attended token; else one vector a text. */
  pooling?: 'none' | Pooling;
  /** Divide pooled vectors by their L2 norm. */
  normalize?: boolean;
  /** 0 for the embedding layer; default the last layer. */
  layer?: number;
}

export interface SentenceOptions extends RunOptions {
  /** In place of config.json's. */
  pooling?: Pooling;
  normalize?: boolean;
}

/** A text as the model reads it. For a pair, `tokens` and `offsets` hold two lists, one a text. */
export interface Tokenized<T extends Text = Text> {
  /** Tokens that are left after truncation, lower-cased, without special tokens. */
  readonly tokens: T extends string ? string[] : [string[], string[]];
  /** Start and end of each token in UTF-16 units of the original text. */
  readonly offsets: T extends string ? [number, number][] : [[number, number][], [number, number][]];
  /** All ids, special tokens included: buckets (`emb`), base-36 numbers of hash + 5 (`pool`, `add`, `proj`), or
   * for `ngram` a list of buckets a token beside special ids 0-4. */
  readonly ids: (number | string | number[])[];
  readonly truncated: boolean;
}

/** Milliseconds of computing after which a call with a signal lets other tasks run. */
const YIELD_AFTER = 50;

/** A HashFormer: load() or init() one. Calls on one model queue; they never mix. */
export class HashFormer {
  readonly config: Readonly<HashFormerConfig>;
  /** Names of the labels, by index. */
  readonly labels: readonly string[];
  /** What computes: `wasm` or `reference`. */
  readonly backend: Backend['name'];
  /** The wasm tier that computes; null on the reference backend. */
  readonly tier: Tier | null;
  /** Names of tensors in the file that belong to heads this model does not use. */
  readonly skipped: readonly string[];
  #weights: Created['weights'] | null;
  readonly #tokenizer: unknown;
  #backend: Backend | null;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor({ config, weights, backend, tokenizer }: Created) {
    this.config = Object.freeze(config);
    this.labels = Object.freeze(Object.values(config.id2label));
    this.backend = backend.name;
    this.tier = backend.tier;
    this.skipped = weights.skipped;
    this.#weights = weights;
    this.#tokenizer = tokenizer;
    this.#backend = backend;
  }

  /**
   * Loads a model.
   *
   * @param source a folder's path or address (config.json beside model.safetensors, shards, or
   *   pytorch_model.bin), or what is in it: { config, weights, tokenizer? }
   * @throws HashformerError `source`, `config`, `weights`, `tokenizer`, `tier`, `memory`, `dependency`,
   *   `argument`, `aborted`
   */
  static async load(source: Source, options?: LoadOptions): Promise<HashFormer> {
    const { backend = 'wasm', tier, signal } = checkOptions(options) as LoadOptions;
    checkOneOf('The option "backend"', backend, ['wasm', 'reference']);
    if (tier !== undefined) checkOneOf('The option "tier"', tier, TIERS);
    throwIfAborted(signal);
    const files = await readSource(source, signal);
    return new HashFormer(await createModel(files, { backend, tier, signal }));
  }

  /**
   * A model with fresh weights: normal with deviation 0.02 as in the reference, the same for the same seed on
   * every engine. It has a classification head, and a sentence projection where the configuration names its size.
   *
   * @param seed an unsigned 32-bit number
   * @param options `tokenizer`: the tokenizer.json that the hash `lsh` needs
   */
  static async init(
    config: object,
    seed: number,
    options?: LoadOptions & { tokenizer?: TokenizerSource },
  ): Promise<HashFormer> {
    checkInteger('The seed', seed, 0, 2 ** 32 - 1);
    const { tokenizer, ...rest } = checkOptions(options) as LoadOptions & { tokenizer?: TokenizerSource };
    const complete = parseConfig(config);
    const weights = await writeWeights(await initialWeights(complete, seed), 'reference');
    const source = { config: complete, weights, ...(tokenizer === undefined ? {} : { tokenizer }) };
    return HashFormer.load(source, rest);
  }

  /**
   * Writes config.json and model.safetensors with a checksum, and the tokenizer.json where the hash needs one.
   *
   * @param target a folder's path; undefined: the result holds what would be written
   */
  async save(target: string | URL, options?: SaveOptions): Promise<void>;
  async save(target?: undefined, options?: SaveOptions): Promise<SavedModel>;
  async save(target?: string | URL, given?: SaveOptions): Promise<unknown> {
    this.#alive();
    const { list, layout: stored } = this.#weights!;
    const { layout = stored, dtype } = checkOptions(given) as SaveOptions;
    checkOneOf('The option "layout"', layout, ['hashformer', 'reference']);
    const folder = target instanceof URL ? target.href : target;
    if (folder !== undefined && (typeof folder !== 'string' || folder === '')) {
      throw new HashformerError('argument', "save() takes a folder's path, or nothing.");
    }
    const weights = await writeWeights(dtype === undefined ? list : await convertWeights(list, dtype), layout);
    const config = structuredClone(this.config) as HashFormerConfig;
    const tokenizer = this.#tokenizer === undefined ? {} : { tokenizer: this.#tokenizer as object };
    const saved: SavedModel = { config, weights, ...tokenizer };
    if (folder === undefined) return saved;
    await writeFolder(folder, saved);
    return undefined;
  }

  /**
   * How the model reads a text.
   *
   * @throws HashformerError `argument`, `disposed`
   */
  async tokenize<T extends Text>(text: T): Promise<Tokenized<T>> {
    const sequence = this.#assemble(checkText(text));
    const ids = await this.#exclusive(undefined, (backend) => this.#ids(backend, sequence));
    const { tokens, starts, ends, first, pair, truncated } = sequence;
    const offsets = tokens.map((_, i) => [starts[i]!, ends[i]!] as [number, number]);
    const parts = pair
      ? { tokens: [tokens.slice(0, first), tokens.slice(first)], offsets: [offsets.slice(0, first), offsets.slice(first)] }
      : { tokens, offsets };
    return { ...parts, ids, truncated } as unknown as Tokenized<T>;
  }

  /**
   * Hidden states.
   *
   * @returns without pooling: [tokens of all texts, hidden size] with `offsets`; with pooling: [texts, hidden size]
   * @throws HashformerError `argument`, `numeric`, `memory`, `aborted`, `disposed`
   */
  async encode(texts: readonly Text[], options?: EncodeOptions): Promise<Tensor> {
    const { pooling = 'none', normalize = false, layer = this.config.num_hidden_layers } = checkOptions(
      options,
    ) as EncodeOptions;
    checkOneOf('The option "pooling"', pooling, ['none', ...POOLINGS]);
    checkBoolean('The option "normalize"', normalize);
    checkInteger('The option "layer"', layer, 0, this.config.num_hidden_layers);
    if (pooling !== 'none') {
      return this.#run(texts, options, { kind: 'pooled', layer, pooling, normalize }, this.config.hidden_size);
    }
    if (normalize) {
      throw new HashformerError('argument', 'The option "normalize" needs a pooling: "cls", "mean" or "max".');
    }
    return this.#run(texts, options, { kind: 'hidden', layer }, this.config.hidden_size);
  }

  /**
   * Logits of the classification head.
   *
   * @returns [texts, labels]
   * @throws HashformerError `missing`: the model has no such head; else as encode()
   */
  async logits(texts: readonly Text[], options?: RunOptions): Promise<Tensor> {
    this.#needs('classification', 'classifier.dense and classifier.out_proj', 'logits()');
    return this.#run(texts, options, { kind: 'logits' }, this.config.num_labels);
  }

  /**
   * Logits of the token head (shuffled, random, unchanged) for every attended token.
   *
   * @returns [tokens of all texts, 3] with `offsets`
   * @throws HashformerError `missing`: the model has no such head; else as encode()
   */
  async tokenLogits(texts: readonly Text[], options?: RunOptions): Promise<Tensor> {
    this.#needs('token', 'dense', 'tokenLogits()');
    return this.#run(texts, options, { kind: 'token-logits' }, 3);
  }

  /**
   * One vector a text: pooling (mean where config.json names none), projection and normalisation as config.json
   * says, or as the options say instead.
   *
   * @returns [texts, size of the projection or of the hidden states]
   */
  async sentences(texts: readonly Text[], options?: SentenceOptions): Promise<Tensor> {
    const { sentence_embedding_size, hidden_size } = this.config;
    const { pooling = this.config.pooling ?? 'mean', normalize = this.config.normalize } = checkOptions(
      options,
    ) as SentenceOptions;
    checkOneOf('The option "pooling"', pooling, POOLINGS);
    checkBoolean('The option "normalize"', normalize);
    if (sentence_embedding_size !== null) this.#needs('sentence', 'sentence_projection', 'sentences()');
    const output = { kind: 'sentences', pooling, normalize } as const;
    return this.#run(texts, options, output, sentence_embedding_size ?? hidden_size);
  }

  /** Probabilities from logits, [rows, width]: softmax of each row, or the sigmoid of each number. */
  async probabilities(logits: Tensor, kind: 'softmax' | 'sigmoid'): Promise<Tensor> {
    const data = await this.#exclusive(undefined, (backend) =>
      backend.activate(kind, logits.data, logits.shape[1]!),
    );
    return { data, shape: logits.shape };
  }

  /** Bytes of memory that the model's backend holds. */
  get memoryBytes(): number {
    return this.#backend?.memoryBytes ?? 0;
  }

  /** Gives the model's memory up. Calls that are waiting fail; a second call does nothing. */
  dispose(): void {
    this.#backend?.dispose();
    this.#backend = null;
    this.#weights = null;
  }

  #alive(): Backend {
    if (this.#backend === null) {
      throw new HashformerError('disposed', 'This model was disposed of; load it again to use it.');
    }
    return this.#backend;
  }

  #needs(head: Head, tensors: string, call: string): void {
    this.#alive();
    if (!this.#weights!.heads.has(head)) {
      throw new HashformerError(
        'missing',
        `This model has no ${head} head, which ${call} needs: its weights lack ${tensors}.`,
      );
    }
  }

  #assemble(text: Text): Sequence {
    return assemble(text, this.config.tokenizer, this.config.max_length);
  }

  #ids(backend: Backend, sequence: Sequence) {
    const { tokens } = sequence;
    if (this.config.variant === 'ngram') return idsOf(sequence, backend.features(tokens), false);
    const { codes, buckets } = backend.hash(tokens);
    if (this.config.variant === 'emb') {
      return idsOf(sequence, Array.from(buckets, (bucket) => bucket + SPECIAL_TOKENS), false);
    }
    const numbers = tokens.map((_, i) => base36(codes.subarray(i * CODE_BYTES, (i + 1) * CODE_BYTES)));
    return idsOf(sequence, numbers, true);
  }

  async #run(texts: readonly Text[], options: RunOptions | undefined, output: Output, width: number): Promise<Tensor> {
    const { signal, batchSize } = checkOptions(options) as RunOptions;
    const most = batchSize === undefined ? BATCH_ROWS : checkInteger('The option "batchSize"', batchSize, 1, 2 ** 31);
    const sequences = checkTexts(texts).map((text) => this.#assemble(text));
    const parts: Float32Array[] = [];
    let yielded = Date.now();
    for (const batch of batches(sequences, Math.max(BATCH_ROWS, this.config.max_length), most)) {
      if (signal !== undefined && Date.now() - yielded > YIELD_AFTER) {
        await new Promise((resolve) => setTimeout(resolve));
        yielded = Date.now();
      }
      parts.push(await this.#exclusive(signal, (backend) => backend.run(toBatch(batch), output)));
    }
    if (parts.length === 0) await this.#exclusive(signal, () => undefined);
    const data = parts.length === 1 ? parts[0]! : concatenate(parts);
    const shape = [data.length / width, width];
    const ragged = output.kind === 'hidden' || output.kind === 'token-logits';
    return ragged ? { data, shape, offsets: toBatch(sequences).starts } : { data, shape };
  }

  /** Runs a task when all earlier ones are done: a model has one memory. */
  #exclusive<T>(signal: AbortSignal | undefined, task: (backend: Backend) => T | Promise<T>): Promise<T> {
    const result = this.#queue.then(() => {
      throwIfAborted(signal);
      return task(this.#alive());
    });
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

/** A hash as the reference's ids have it: 128-bit number + 5 in base 36. */
function base36(code: Uint8Array): string {
  let value = 0n;
  for (const byte of code) value = (value << 8n) | BigInt(byte);
  return (value + BigInt(SPECIAL_TOKENS)).toString(36).toUpperCase();
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
