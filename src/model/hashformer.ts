import { runtime } from '#runtime';
import { throwIfAborted } from '../abort.ts';
import type { HashFormerConfig } from '../architecture/config.ts';
import { OUTPUT, type Output } from '../architecture/outputs.ts';
import { ACTIVATIONS, type Activation } from '../architecture/problem-types.ts';
import { checkInteger, checkMatrix, checkOneOf, checkOptions, checkText, checkTexts } from '../arguments.ts';
import type { Backend } from '../backend/backend.ts';
import { type Adapter, BACKEND_NAMES, type BackendName } from '../backend/backends.ts';
import { HashformerError } from '../errors.ts';
import type { Given, NoOptions, Only } from '../option-types.ts';
import { TIER_CHOICES, type Tier } from '../runtime/tier.ts';
import { type Matrix, type RaggedTensor, Tensor } from '../tensor.ts';
import type { Text } from '../tokenizer/text.ts';
import { type Assemble, assemble, type Sequence } from '../tokenizer/tokenizer.ts';
import { withinMemory } from '../wasm/memory.ts';
import { instantiateModule } from '../wasm/module.ts';
import { batches, startsOf, toBatch } from './batches.ts';
import type { EncodeOptions, LoadOptions, RunOptions, SaveOptions, SentenceOptions } from './call-options.ts';
import { checkHead, encodeOutput, sentencesOutput } from './calls.ts';
import { type Created, checkSize, createModel } from './create.ts';
import type { TokenizerSource } from './model-files.ts';
import { Queue } from './queue.ts';
import { readConfig } from './read-config.ts';
import type { SavedModel } from './save.ts';
import { readSource, type Source } from './source.ts';
import type { Tokenized } from './tokenized.ts';

const LOAD_OPTIONS = ['backend', 'tier', 'signal'] as const;
const RUN_OPTIONS = ['signal', 'batchSize'] as const;
/** Milliseconds of computing after which a call with a signal lets other tasks run. */
const YIELD_AFTER = 50;

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
  readonly backend: BackendName;
  /** The same with the name of its device, and why it is another than was asked for. */
  readonly adapter: Adapter;
  /** The wasm tier that computes; null on the reference backend. */
  readonly tier: Tier | null;
  /** Names of tensors in the file that belong to heads this model does not use. */
  readonly skipped: readonly string[];
  #weights: Created['weights'] | null;
  readonly #tokenizer: unknown;
  readonly #cut: Assemble;
  #backend: Backend | null;
  readonly #queue: Queue;

  /** A model over a backend that is there already: what trains it computes with it too. @internal */
  static over(created: Created): HashFormer {
    return new HashFormer(created);
  }

  private constructor({ config, weights, backend, adapter, tokenizer, assemble: cut = assemble }: Created) {
    for (const value of Object.values(config)) Object.freeze(value);
    this.config = Object.freeze(config);
    this.labels = Object.freeze(Object.values(config.id2label));
    this.backend = adapter.backend;
    this.adapter = adapter;
    this.tier = backend.tier;
    this.skipped = weights.skipped;
    this.#weights = weights;
    this.#tokenizer = tokenizer;
    this.#cut = cut;
    this.#backend = backend;
    this.#queue = new Queue(backend.inFlight);
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
    let checked: LoadOptions;
    try {
      checked = checkOptions<LoadOptions>(options, LOAD_OPTIONS);
    } catch (error) {
      throw (await import('../transformers-js.ts')).explainRefusal(error, options, LOAD_OPTIONS);
    }
    const { backend = 'wasm', tier, signal } = checked;
    checkOneOf('The option "backend"', backend, BACKEND_NAMES);
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
      async (backend) => describe(sequence, this.config.variant, await backend.hasher()) as Tokenized<T>,
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
    const given = checkOptions<EncodeOptions>(options, ['pooling', 'normalize', 'layer', ...RUN_OPTIONS]);
    return this.#run(texts, given, encodeOutput(given, this.config), 'encode()');
  }

  /**
   * Logits of the classification head.
   *
   * @returns [texts, labels]
   * @throws HashformerError `missing`: the model has no such head; else as encode()
   */
  async logits(texts: readonly Text[], options?: RunOptions): Promise<Matrix> {
    const given = checkOptions<RunOptions>(options, RUN_OPTIONS);
    return this.#run(texts, given, { kind: 'logits' }, 'logits()');
  }

  /**
   * Logits of the token head (unchanged, shuffled, random; or what config.json's token_labels name) for every
   * attended token.
   *
   * @returns [tokens of all texts, token labels] with `offsets`
   * @throws HashformerError `missing`: the model has no such head; else as encode()
   */
  async tokenLogits(texts: readonly Text[], options?: RunOptions): Promise<RaggedTensor> {
    const given = checkOptions<RunOptions>(options, RUN_OPTIONS);
    return this.#run<number[][][]>(
      texts,
      given,
      { kind: 'token-logits' },
      'tokenLogits()',
    ) as Promise<RaggedTensor>;
  }

  /**
   * One vector a text: pooling (mean where config.json names none), projection and normalisation as config.json
   * says, or as the options say instead.
   *
   * @returns [texts, size of the projection or of the hidden states]
   */
  async sentences(texts: readonly Text[], options?: SentenceOptions): Promise<Matrix> {
    const given = checkOptions<SentenceOptions>(options, ['pooling', 'normalize', ...RUN_OPTIONS]);
    return this.#run(texts, given, sentencesOutput(given, this.config), 'sentences()');
  }

  /**
   * Probabilities from logits, [rows, width]: softmax of each row, or the sigmoid of each number.
   *
   * @throws HashformerError `argument`, `memory`, `disposed`
   */
  async probabilities(logits: Pick<Tensor, 'data' | 'shape'>, kind: Activation): Promise<Matrix> {
    const { data, shape } = checkMatrix('The logits', logits);
    checkOneOf('The kind', kind, ACTIVATIONS);
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
    checkHead(output, this.config, (head) => this.#weights!.heads.has(head), call);
  }

  /** A text as the model reads it. @internal */
  assemble(text: Text): Sequence {
    return this.#cut(text, this.config.tokenizer, this.config.max_length);
  }

  async #run<Lists = number[][]>(
    texts: readonly Text[],
    { signal, batchSize }: RunOptions,
    output: Output,
    call: string,
  ): Promise<Tensor<Lists>> {
    const { batchRows, inFlight } = this.#alive();
    this.needs(output.kind, call);
    const rowsAtOnce = Math.max(batchRows, this.config.max_length);
    const most =
      batchSize === undefined ? rowsAtOnce : checkInteger('The option "batchSize"', batchSize, 1, 2 ** 31);
    const sequences = checkTexts(texts).map((text) => this.assemble(text));
    const { perToken, width } = OUTPUT[output.kind];
    const size = width(this.config);
    const offsets = startsOf(sequences);
    const rows = perToken ? offsets[sequences.length]! : sequences.length;
    const data = await withinMemory(() => new Float32Array(rows * size));
    const compute = async (batch: readonly Sequence[], at: number) => {
      data.set(await this.#exclusive(signal, (backend) => backend.run(toBatch(batch), output)), at);
    };
    const underWay: Promise<void>[] = [];
    let failed = false;
    let sequence = 0;
    let yielded = Date.now();
    for (const batch of batches(sequences, rowsAtOnce, most)) {
      if (signal !== undefined && Date.now() - yielded > YIELD_AFTER) {
        await new Promise((resolve) => setTimeout(resolve));
        yielded = Date.now();
      }
      if (failed) break;
      const done = compute(batch, (perToken ? offsets[sequence]! : sequence) * size);
      // One that fails while an earlier one is waited for is met when its turn comes.
      done.catch(() => {
        failed = true;
      });
      underWay.push(done);
      sequence += batch.length;
      if (underWay.length === inFlight) await underWay.shift();
    }
    await Promise.all(underWay);
    if (sequences.length === 0) await this.#exclusive(signal, () => undefined);
    return new Tensor(data, [rows, size], perToken ? offsets : undefined);
  }

  /** Runs a task when all earlier ones have begun, and are done unless the backend takes several at once. */
  #exclusive<T>(signal: AbortSignal | undefined, task: (backend: Backend) => T | Promise<T>): Promise<T> {
    return this.#queue.run(() => {
      throwIfAborted(signal);
      return withinMemory(() => task(this.#alive()));
    });
  }
}
