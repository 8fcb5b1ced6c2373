import type { HashFormerConfig } from '../architecture/config.ts';
import type { Head } from '../architecture/heads.ts';
import { layerOf, OUTPUT, type Output } from '../architecture/outputs.ts';
import { ACTIVATIONS, type Activation, activationOf } from '../architecture/problem-types.ts';
import { checkCount, checkOneOf, checkOptions, checkText, checkTexts } from '../arguments.ts';
import { HashformerError } from '../errors.ts';
import {
  checkHead,
  type EncodeFields as EncodeOptions,
  encodeOutput,
  type SentenceFields as SentenceOptions,
  sentencesOutput,
} from '../model/calls.ts';
import { describe, type Tokenized } from '../model/tokenized.ts';
import type { Weights } from '../model/weights.ts';
import type { Given, NoOptions, Only } from '../option-types.ts';
import {
  best,
  type Classified,
  classified,
  type LabelOptions,
  mostLabels,
  type TextInput,
} from '../pipeline/labels.ts';
import { show } from '../show.ts';
import { Tensor as CoreTensor, type NestedNumbers } from '../tensor.ts';
import { assemble } from '../tokenizer/assemble.ts';
import type { Text } from '../tokenizer/text.ts';
import { embeddingLayer } from './embedding/embedding.ts';
import { encoderLayers } from './encoder.ts';
import { JsHasher } from './hash/js-hasher.ts';
import { classificationHead, normalize, pool, project } from './head.ts';
import { ACTIVATE } from './kernel/softmax.ts';
import { floats, type Numbers } from './numbers.ts';
import { type Linear, ModelWeights } from './weights.ts';

/** As a Tensor of the core; `data` is a plain array where the engine has no Float32Array, `offsets` everywhere. */
export type Tensor<Lists = NestedNumbers> = CoreTensor<Lists, Numbers, readonly number[]>;
/** A row a text. */
export type Matrix = Tensor<number[][]>;
/** A row a token, with `offsets`. */
export type RaggedTensor = Tensor<number[][][]> & { readonly offsets: readonly number[] };
type Encoded<Pooling> = Pooling extends 'none' | undefined ? RaggedTensor : Matrix;

export type { EncodeOptions, SentenceOptions };

function checkMatrix(value: unknown): { data: Numbers; rows: number; width: number } {
  const { data, shape } = Object(value) as { data?: Numbers; shape?: readonly number[] };
  const [rows = 0, width = 0] = shape ?? [];
  let fits = data !== undefined && width >= 1 && rows * width === data.length;
  for (let i = 0; fits && i < data!.length; i++) fits = Number.isFinite(data![i]);
  if (!fits) {
    throw new HashformerError(
      'argument',
      `The logits must be a tensor of finite numbers with the shape [rows, width], but are ${show(value)}.`,
    );
  }
  return { data: data!, rows, width };
}

/** A model, as HashFormer of the core, but its calls answer at once. A text's answer does not depend on the others. */
export class Model {
  readonly config: Readonly<HashFormerConfig>;
  /** Names of the labels, by index. */
  readonly labels: readonly string[];
  /** Names of tensors in the file that belong to heads this model does not use. */
  readonly skipped: readonly string[];
  private readonly heads: ReadonlySet<Head>;
  private readonly hasher: JsHasher;
  private readonly embed: ReturnType<typeof embeddingLayer>;
  private readonly layers: ReturnType<typeof encoderLayers>;
  private readonly classifier: ReturnType<typeof classificationHead> | null;
  private readonly tokenClassifier: Linear | null;
  private readonly projection: Linear | null;

  /** @internal */
  constructor(config: HashFormerConfig, { list, heads, skipped }: Weights) {
    const weights = new ModelWeights(list);
    this.config = config;
    this.labels = Object.values(config.id2label);
    this.skipped = skipped;
    this.heads = heads;
    this.hasher = new JsHasher(config);
    this.embed = embeddingLayer(config, weights, this.hasher);
    this.layers = encoderLayers(config, weights);
    this.classifier = heads.has('classification') ? classificationHead(weights) : null;
    this.tokenClassifier = heads.has('token') ? weights.linear(['token_classifier']) : null;
    this.projection = heads.has('sentence') ? weights.linear(['sentence_projection']) : null;
  }

  /**
   * How the model reads a text.
   *
   * @throws HashformerError `argument`
   */
  tokenize<T extends Text>(text: T): Tokenized<T> {
    const { tokenizer, max_length, variant } = this.config;
    const sequence = assemble(checkText(text), tokenizer, max_length);
    return describe(sequence, variant, this.hasher) as Tokenized<T>;
  }

  /**
   * Hidden states.
   *
   * @returns without pooling: [tokens of all texts, hidden size] with `offsets`; with pooling: [texts, hidden size]
   * @throws HashformerError `argument`, `numeric`
   */
  encode<const Options extends Only<Options, EncodeOptions> = NoOptions>(
    texts: readonly Text[],
    options?: Options,
  ): Encoded<Given<Options, 'pooling'>>;
  encode(texts: readonly Text[], options?: EncodeOptions): Tensor<unknown> {
    const given = checkOptions<EncodeOptions>(options, ['pooling', 'normalize', 'layer']);
    return this.run(texts, encodeOutput(given, this.config), 'encode()');
  }

  /**
   * Logits of the classification head.
   *
   * @returns [texts, labels]
   * @throws HashformerError `missing`: the model has no such head; else as encode()
   */
  logits(texts: readonly Text[]): Matrix {
    return this.run(texts, { kind: 'logits' }, 'logits()');
  }

  /**
   * Logits of the token head for every attended token.
   *
   * @returns [tokens of all texts, token labels] with `offsets`
   * @throws HashformerError `missing`: the model has no such head; else as encode()
   */
  tokenLogits(texts: readonly Text[]): RaggedTensor {
    return this.run<number[][][]>(texts, { kind: 'token-logits' }, 'tokenLogits()') as RaggedTensor;
  }

  /**
   * One vector a text: pooling (mean where config.json names none), projection and normalisation as config.json
   * says, or as the options say instead.
   *
   * @returns [texts, size of the projection or of the hidden states]
   */
  sentences(texts: readonly Text[], options?: SentenceOptions): Matrix {
    const given = checkOptions<SentenceOptions>(options, ['pooling', 'normalize']);
    return this.run(texts, sentencesOutput(given, this.config), 'sentences()');
  }

  /**
   * Probabilities from logits, [rows, width]: softmax of each row, or the sigmoid of each number.
   *
   * @throws HashformerError `argument`
   */
  probabilities(logits: Pick<Tensor, 'data' | 'shape'>, kind: Activation): Matrix {
    checkOneOf('The kind', kind, ACTIVATIONS);
    const { data, rows, width } = checkMatrix(logits);
    const result = floats(data.length);
    for (let row = 0; row < rows; row++) {
      const part = floats(width);
      for (let i = 0; i < width; i++) part[i] = data[row * width + i]!;
      ACTIVATE[kind](part);
      for (let i = 0; i < width; i++) result[row * width + i] = part[i]!;
    }
    return new CoreTensor(result, [rows, width]);
  }

  /**
   * Labels and scores, as the text-classification pipeline gives them.
   *
   * @returns of one text its labels, best first (one, unless `top_k` says more); of a list, a label each or, with more
   *   than one, a list each
   * @throws HashformerError `argument`, `missing`, `numeric`
   */
  classify<Input extends TextInput, const Options extends Only<Options, LabelOptions> = NoOptions>(
    texts: Input,
    options?: Options,
  ): Classified<Input, Options> {
    const { top_k, topK = 1 } = checkOptions<LabelOptions>(options, ['top_k', 'topK']);
    const most = mostLabels(checkCount('The option "top_k"', top_k === undefined ? topK : top_k));
    const results = (Array.isArray(texts) ? checkTexts(texts) : [checkText(texts)]).map((text) =>
      best(this.labels, this.scores(text).data, most),
    );
    return classified(texts, results, most);
  }

  /** Of the labels of one text. */
  private scores(text: Text): Matrix {
    const logits = this.logits([text]);
    const activation = activationOf(this.config);
    return activation === null ? logits : this.probabilities(logits, activation);
  }

  /** The rows that an output takes of the hidden states of a text. */
  private rowsOf(hidden: readonly Numbers[], output: Output): readonly Numbers[] {
    switch (output.kind) {
      case 'hidden':
        return hidden;
      case 'pooled':
        return [this.vector(pool(hidden, output.pooling), output.normalize)];
      case 'sentences': {
        const pooled = pool(hidden, output.pooling);
        const projection = OUTPUT.sentences.head(this.config) === null ? null : this.projection;
        return [this.vector(projection === null ? pooled : project(projection, pooled), output.normalize)];
      }
      case 'logits':
        return [this.classifier!(hidden)];
      case 'token-logits':
        return hidden.map((row) => project(this.tokenClassifier!, row));
      default:
        return output satisfies never;
    }
  }

  private vector(row: Numbers, normalized: boolean): Numbers {
    return normalized ? normalize(row) : row;
  }

  private run<Lists = number[][]>(given: readonly Text[], output: Output, call: string): Tensor<Lists> {
    checkHead(output.kind, this.config, (head) => this.heads.has(head), call);
    const { tokenizer, max_length } = this.config;
    const { perToken, width: widthOf } = OUTPUT[output.kind];
    const width = widthOf(this.config);
    const layers = layerOf(output, this.config);
    const results: Numbers[] = [];
    const offsets = [0];
    for (const text of checkTexts(given)) {
      let hidden = this.embed(assemble(text, tokenizer, max_length));
      for (let i = 0; i < layers; i++) hidden = this.layers[i]!(hidden);
      for (const row of this.rowsOf(hidden, output)) results.push(row);
      offsets.push(results.length);
    }
    const data = floats(results.length * width);
    for (let row = 0; row < results.length; row++) {
      for (let i = 0; i < width; i++) {
        const value = results[row]![i]!;
        if (value - value !== 0) {
          throw new HashformerError('numeric', "The model's result is not finite although its weights are.");
        }
        data[row * width + i] = value;
      }
    }
    const shape = [results.length, width];
    return new CoreTensor(data, shape, perToken ? offsets : undefined);
  }
}
