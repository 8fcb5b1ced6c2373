import { runtime } from '#runtime';
import { throwIfAborted } from '../abort.ts';
import { type HashFormerConfig, POOLINGS } from '../architecture/config.ts';
import {
  checkBoolean,
  checkInteger,
  checkMatrix,
  checkOneOf,
  checkOptions,
  checkText,
  checkTexts,
} from '../arguments.ts';
import type { Backend, Output } from '../backend/backend.ts';
import { HashformerError } from '../errors.ts';
import type { Given, NoOptions, Only } from '../option-types.ts';
import { TIER_CHOICES, type Tier } from '../runtime/tier.ts';
import { type Matrix, type RaggedTensor, Tensor } from '../tensor.ts';
import type { Text } from '../tokenizer/text.ts';
import { type Assemble, assemble, type Sequence } from '../tokenizer/tokenizer.ts';
import { INSTEAD } from '../transformers-js.ts';
import { withinMemory } from '../wasm/memory.ts';
import { instantiateModule } from '../wasm/module.ts';
import { batches, startsOf, toBatch } from './batches.ts';
import type { EncodeOptions, LoadOptions, RunOptions, SaveOptions, SentenceOptions } from './call-options.ts';
import { BATCH_ROWS, type Created, checkSize, createModel } from './create.ts';
import type { Head } from './layout.ts';
import { readConfig } from './read-config.ts';
import type { SavedModel } from './save.ts';
import { readSource, type Source, type TokenizerSource } from './source.ts';
import type { Tokenized } from './tokenized.ts';

const LOAD_OPTIONS = ['backend', 'tier', 'signal'] as const;
const RUN_OPTIONS = ['signal', 'batchSize'] as const;
/** Milliseconds of computing after which a call with a signal lets other tasks run. */
const YIELD_AFTER = 50;

/** The head that an output is computed by, and its tensors as a person finds them in a file; null: none. */
const HEADS: Record<Output['kind'], (config: HashFormerConfig) => readonly [Head, string] | null> = {
  hidden: () => null,
  pooled: () => null,
  sentences: ({ sentence_embedding_size }) =>
    sentence_embedding_size === null ? null : ['sentence', 'sentence_projection'],
  logits: () => ['classification', 'classifier.dense and classifier.out_proj'],
  'token-logits': () => ['token', 'dense'],
};

/** What encode() gives with a pooling: a vector a text, or without one a row a token. */
type Encoded<Pooling> = Pooling extends 'none' | undefined ? RaggedTensor : Matrix;

/** What makes and writes weights, in a chunk of its own, and a module that it computes with. */
function saving() {
  return Promise.all([import('./save.ts'), instantiateModule()]);
}

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
  readonly #cut: Assemble;
  #backend: Backend | null;
  #queue: Promise<unknown> = Promise.resolve();

  /** A model over a backend that is there already: what trains it computes with it too. @internal */
  static over(created: Created): HashFormer {
    return new HashFormer(created);
  }

  private constructor({ config, weights, backend, tokenizer, assemble: cut = assemble }: Created) {
    for (const value of Object.values(config)) Object.freeze(value);
    this.config = Object.freeze(config);
    this.labels = Object.freeze(Object.values(config.id2label));
    this.backend = backend.name;
    this.tier = backend.tier;
    this.skipped = weights.skipped;
    this.#weights = weights;
    this.#tokenizer = tokenizer;
    this.#cut = cut;
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
    const {
      backend = 'wasm',
      tier,
      signal,
    } = checkOptions<LoadOptions>(options, LOAD_OPTIONS, 'The options', INSTEAD);
    checkOneOf('The option "backend"', backend, ['wasm', 'reference']);
    if (tier !== undefined) checkOneOf('The option "tier"', tier, TIER_CHOICES);
    throwIfAborted(signal);
    const files = await readSource(source, signal);
    return new HashFormer(await createModel(files, { backend, tier, signal }));
  }

  /**
   * A model with fresh weights: normal with deviation 0.02 as in the reference, the same for the same seed on
   * every engine. It has a classification head, and a sentence projection where the configuration names its size.
   *
   * @param seed an unsigned 32-bit number
   * @param options `tokenizer`: the tokenizer.json that the hash `lsh` and the variant `vocab` need
   */
  static async init(
    config: object,
    seed: number,
    options?: LoadOptions & { tokenizer?: TokenizerSource },
  ): Promise<HashFormer> {
    checkInteger('The seed', seed, 0, 2 ** 32 - 1);
    const { tokenizer, ...rest } = checkOptions<LoadOptions & { tokenizer?: TokenizerSource }>(options, [
      ...LOAD_OPTIONS,
      'tokenizer',
    ]);
    throwIfAborted(rest.signal);
    const complete = await readConfig(config);
    await checkSize(complete);
    const [{ freshModel }, { exports }] = await saving();
    return HashFormer.load(await withinMemory(() => freshModel(complete, seed, tokenizer, exports)), rest);
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
    const { list, layout } = this.#weights!;
    const model = { config: this.config, list, layout, tokenizer: this.#tokenizer };
    const options = checkOptions<SaveOptions>(given, ['layout', 'dtype']);
    const [{ saveModel }, { exports }] = await saving();
    return withinMemory(() => saveModel(model, target, options, exports, runtime.write));
  }

  /**
   * How the model reads a text.
   *
   * @throws HashformerError `argument`, `disposed`
   */
  async tokenize<T extends Text>(text: T): Promise<Tokenized<T>> {
    const sequence = this.assemble(checkText(text));
    const { describe } = await import('./tokenized.ts');
    return this.#exclusive(
      undefined,
      (backend) => describe(sequence, this.config.variant, backend) as Tokenized<T>,
    );
  }

  /**
   * Hidden states.
   *
   * @returns without pooling: [tokens of all texts, hidden size] with `offsets`; with pooling: [texts, hidden size]
   * @throws HashformerError `argument`, `numeric`, `memory`, `aborted`, `disposed`
   */
  async encode<const Options extends Only<Options, EncodeOptions> = NoOptions>(
    texts: readonly Text[],
    options?: Options,
  ): Promise<Encoded<Given<Options, 'pooling'>>>;
  async encode(texts: readonly Text[], options?: EncodeOptions): Promise<Tensor<unknown>> {
    const {
      pooling = 'none',
      normalize = false,
      layer = this.config.num_hidden_layers,
      ...rest
    } = checkOptions<EncodeOptions>(options, ['pooling', 'normalize', 'layer', ...RUN_OPTIONS]);
    checkOneOf('The option "pooling"', pooling, ['none', ...POOLINGS]);
    checkBoolean('The option "normalize"', normalize);
    checkInteger('The option "layer"', layer, 0, this.config.num_hidden_layers);
    if (pooling !== 'none') {
      return this.#run(texts, rest, { kind: 'pooled', layer, pooling, normalize }, this.config.hidden_size);
    }
    if (normalize) {
      throw new HashformerError(
        'argument',
        'The option "normalize" needs a pooling: "cls", "mean" or "max".',
      );
    }
    return this.#run(texts, rest, { kind: 'hidden', layer }, this.config.hidden_size);
  }

  /**
   * Logits of the classification head.
   *
   * @returns [texts, labels]
   * @throws HashformerError `missing`: the model has no such head; else as encode()
   */
  async logits(texts: readonly Text[], options?: RunOptions): Promise<Matrix> {
    this.needs('logits', 'logits()');
    return this.#run(texts, options, { kind: 'logits' }, this.config.num_labels);
  }

  /**
   * Logits of the token head (unchanged, shuffled, random; or what config.json's token_labels name) for every
   * attended token.
   *
   * @returns [tokens of all texts, token labels] with `offsets`
   * @throws HashformerError `missing`: the model has no such head; else as encode()
   */
  async tokenLogits(texts: readonly Text[], options?: RunOptions): Promise<RaggedTensor> {
    this.needs('token-logits', 'tokenLogits()');
    return this.#run<number[][][]>(
      texts,
      options,
      { kind: 'token-logits' },
      this.config.token_labels.length,
    ) as Promise<RaggedTensor>;
  }

  /**
   * One vector a text: pooling (mean where config.json names none), projection and normalisation as config.json
   * says, or as the options say instead.
   *
   * @returns [texts, size of the projection or of the hidden states]
   */
  async sentences(texts: readonly Text[], options?: SentenceOptions): Promise<Matrix> {
    const { sentence_embedding_size, hidden_size } = this.config;
    const {
      pooling = this.config.pooling ?? 'mean',
      normalize = this.config.normalize,
      ...rest
    } = checkOptions<SentenceOptions>(options, ['pooling', 'normalize', ...RUN_OPTIONS]);
    checkOneOf('The option "pooling"', pooling, POOLINGS);
    checkBoolean('The option "normalize"', normalize);
    this.needs('sentences', 'sentences()');
    const output = { kind: 'sentences', pooling, normalize } as const;
    return this.#run(texts, rest, output, sentence_embedding_size ?? hidden_size);
  }

  /**
   * Probabilities from logits, [rows, width]: softmax of each row, or the sigmoid of each number.
   *
   * @throws HashformerError `argument`, `memory`, `disposed`
   */
  async probabilities(logits: Pick<Tensor, 'data' | 'shape'>, kind: 'softmax' | 'sigmoid'): Promise<Matrix> {
    const { data, shape } = checkMatrix('The logits', logits);
    checkOneOf('The kind', kind, ['softmax', 'sigmoid']);
    const given = data.slice();
    const result = await this.#exclusive(undefined, (backend) => backend.activate(kind, given, shape[1]));
    return new Tensor(result, shape);
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

  /**
   * That the model can compute an output.
   *
   * @param call which needs it, as errors say it
   * @throws HashformerError `missing`, `disposed`
   * @internal
   */
  needs(output: Output['kind'], call: string): void {
    this.#alive();
    const [head, tensors] = HEADS[output](this.config) ?? [];
    if (head === undefined || this.#weights!.heads.has(head)) return;
    throw new HashformerError(
      'missing',
      `This model has no ${head} head, which ${call} needs: its weights lack ${tensors}.`,
    );
  }

  /** A text as the model reads it. @internal */
  assemble(text: Text): Sequence {
    return this.#cut(text, this.config.tokenizer, this.config.max_length);
  }

  async #run<Lists = number[][]>(
    texts: readonly Text[],
    options: RunOptions | undefined,
    output: Output,
    width: number,
  ): Promise<Tensor<Lists>> {
    const { signal, batchSize } = checkOptions<RunOptions>(options, RUN_OPTIONS);
    const most =
      batchSize === undefined ? BATCH_ROWS : checkInteger('The option "batchSize"', batchSize, 1, 2 ** 31);
    const sequences = checkTexts(texts).map((text) => this.assemble(text));
    const ragged = output.kind === 'hidden' || output.kind === 'token-logits';
    const offsets = startsOf(sequences);
    const rows = ragged ? offsets[sequences.length]! : sequences.length;
    const data = await withinMemory(() => new Float32Array(rows * width));
    let at = 0;
    let yielded = Date.now();
    for (const batch of batches(sequences, Math.max(BATCH_ROWS, this.config.max_length), most)) {
      if (signal !== undefined && Date.now() - yielded > YIELD_AFTER) {
        await new Promise((resolve) => setTimeout(resolve));
        yielded = Date.now();
      }
      const part = await this.#exclusive(signal, (backend) => backend.run(toBatch(batch), output));
      data.set(part, at);
      at += part.length;
    }
    if (sequences.length === 0) await this.#exclusive(signal, () => undefined);
    return new Tensor(data, [rows, width], ragged ? offsets : undefined);
  }

  /** Runs a task when all earlier ones are done: a model has one memory. */
  #exclusive<T>(signal: AbortSignal | undefined, task: (backend: Backend) => T | Promise<T>): Promise<T> {
    const result = this.#queue.then(() => {
      throwIfAborted(signal);
      return withinMemory(() => task(this.#alive()));
    });
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
