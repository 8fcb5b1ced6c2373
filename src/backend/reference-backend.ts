import { ORDINARY, SPECIAL_TOKENS } from '../../assembly/abi.ts';
import type { Computed, Part } from '../architecture/architecture.ts';
import { architectureOf, type HashFormerConfig } from '../architecture/config.ts';
import { HashformerError } from '../errors.ts';
import { toFloat64 } from '../formats/elements.ts';
import { HASH_BITS, POOL_CHUNKS } from '../model/layout.ts';
import type { Weight } from '../model/weights.ts';
import type { Backend, Batch, Output } from './backend.ts';
import {
  accumulate,
  bitOf,
  chunkOf,
  dot,
  gelu,
  normalize,
  pool,
  softmax,
  standardize,
  type Vector,
} from './float64.ts';
import type { Hasher } from './hasher.ts';
import { CODE_BYTES, type Hashes, hashFeatures, hashStrings } from './hashes.ts';

/** How each choice is computed here; true where it is the one that this file is written for. */
const FORMULAS = {
  norms: { post: true },
  position_embeddings: { absolute: true },
  attention_positions: { none: true },
  attention_span: { full: true },
  feed_forward: { plain: true },
  activation: { gelu },
  linear_biases: { all: true },
  norm_biases: { all: true },
  embedding_projection: { none: true },
  layers: { own: true },
  head_input: { first: true },
  head_layers: { dense: true },
  head_activation: { tanh: Math.tanh, relu: (x: number) => Math.max(x, 0) },
  head_dropout: { state: true, input_and_state: true },
} as const satisfies { readonly [P in Part]: Readonly<Record<Computed<P>, unknown>> };

/** Bits and bucket of one token. */
interface HashedToken {
  readonly code: Uint8Array;
  readonly bucket: number;
}

function hashedToken({ codes, buckets }: Hashes, index: number): HashedToken {
  return { code: codes.subarray(index * CODE_BYTES, (index + 1) * CODE_BYTES), bucket: buckets[index]! };
}

/** Is told what attention weighs: the probabilities of one row of a sequence over all of its rows. */
export type OnAttention = (layer: number, head: number, row: number, probabilities: Vector) => void;

/**
 * The oracle: the model in float64, one sequence and one number at a time, written to be read beside the paper.
 * Only the hashes, which are integers, come from wasm.
 */
export class ReferenceBackend implements Backend {
  readonly name = 'reference';
  readonly tier = null;
  readonly #config: HashFormerConfig;
  readonly #weights: Map<string, Vector>;
  readonly #activate: (x: number) => number;
  readonly #activateHead: (x: number) => number;
  #hasher: Hasher | null;

  constructor(config: HashFormerConfig, weights: readonly Weight[], hasher: Hasher) {
    this.#config = config;
    const { activation, head_activation } = architectureOf(config);
    this.#activate = FORMULAS.activation[activation];
    this.#activateHead = FORMULAS.head_activation[head_activation];
    this.#hasher = hasher;
    this.#weights = new Map(weights.map(({ spec, tensor, scale }) => [spec.name, toFloat64(tensor, scale)]));
    for (const { spec } of weights) {
      if (this.#weights.get(spec.name)!.some((value) => !Number.isFinite(value))) {
        throw new HashformerError(
          'weights',
          `The tensor "${spec.reference}" holds numbers that are not finite.`,
        );
      }
    }
  }

  get memoryBytes(): number {
    let bytes = 0;
    for (const tensor of this.#weights.values()) bytes += tensor.byteLength;
    return bytes;
  }

  get hasher(): Hasher {
    return this.#hasher!;
  }

  dispose(): void {
    this.#weights.clear();
    this.#hasher = null;
  }

  activate(kind: 'softmax' | 'sigmoid', logits: Float32Array, width: number): Float32Array {
    if (kind === 'sigmoid') return logits.map((x) => 1 / (1 + Math.exp(-x)));
    const result = new Float32Array(logits.length);
    for (let at = 0; at < logits.length; at += width) {
      result.set(softmax(Float64Array.from(logits.subarray(at, at + width))), at);
    }
    return result;
  }

  run(batch: Batch, output: Output): Float32Array {
    const results = this.compute(batch, output);
    const flat = new Float32Array(results.length * (results[0]?.length ?? 0));
    for (const [i, row] of results.entries()) flat.set(row, i * row.length);
    if (flat.some((value) => !Number.isFinite(value))) {
      throw new HashformerError('numeric', "The model's result is not finite although its weights are.");
    }
    return flat;
  }

  /**
   * The rows of run()'s result in float64.
   *
   * @param onAttention called for each layer, row and head of each sequence in turn, with what is computed with
   */
  compute(batch: Batch, output: Output, onAttention?: OnAttention): Vector[] {
    const rows = this.#embeddings(batch);
    const results: Vector[] = [];
    for (let i = 0; i + 1 < batch.starts.length; i++) {
      let hidden = rows.slice(batch.starts[i], batch.starts[i + 1]);
      const layers = 'layer' in output ? output.layer : this.#config.num_hidden_layers;
      for (let layer = 0; layer < layers; layer++) hidden = this.#layer(hidden, layer, onAttention);
      results.push(...this.#output(hidden, output));
    }
    return results;
  }

  #output(hidden: Vector[], output: Output): Vector[] {
    switch (output.kind) {
      case 'hidden':
        return hidden;
      case 'pooled': {
        const vector = pool(hidden, output.pooling);
        return [output.normalize ? normalize(vector) : vector];
      }
      case 'sentences': {
        let vector = pool(hidden, output.pooling);
        if (this.#weights.has('sentence_projection.weight'))
          vector = this.#linear('sentence_projection', vector);
        return [output.normalize ? normalize(vector) : vector];
      }
      case 'logits':
        return [
          this.#linear(
            'classifier.output',
            this.#linear('classifier.dense', hidden[0]!).map(this.#activateHead),
          ),
        ];
      case 'token-logits':
        return hidden.map((row) => this.#linear('token_classifier', row));
    }
  }

  /** The embedding layer for all rows of a batch. */
  #embeddings(batch: Batch): Vector[] {
    const { variant, first_position } = this.#config;
    const tokens = batch.tokens;
    const hashes = variant === 'ngram' || variant === 'vocab' ? null : hashStrings(this.hasher, tokens);
    const features = variant === 'ngram' ? hashFeatures(this.hasher, tokens) : [];
    const rows: Vector[] = [];
    let token = 0;
    for (let i = 0; i + 1 < batch.starts.length; i++) {
      for (let t = batch.starts[i]!; t < batch.starts[i + 1]!; t++) {
        const id = batch.ids[t]!;
        const ordinary = id === ORDINARY;
        const row =
          variant === 'ngram'
            ? this.#bag(ordinary ? features[token]! : [])
            : this.#hashEmbedding(id, ordinary ? hashedToken(hashes!, token) : null);
        if (ordinary) token++;
        if (variant !== 'emb' && variant !== 'vocab')
          accumulate(row, this.#row('embedding.special', ordinary ? SPECIAL_TOKENS : id));
        accumulate(row, this.#row('embedding.position', first_position + t - batch.starts[i]!));
        if (this.#config.type_vocab_size > 0) accumulate(row, this.#row('embedding.type', batch.types[t]!));
        rows.push(this.#layerNorm('embedding.norm', row));
      }
    }
    return rows;
  }

  /** `vocab`: a row an id. `emb`, `pool`, `add`, `proj` (HashFormers, section 3.3): a special token has no bits. */
  #hashEmbedding(id: number, hashed: HashedToken | null): Vector {
    const { variant, hidden_size } = this.#config;
    if (variant === 'vocab') return this.#row('embedding.vocabulary', id).slice();
    if (variant === 'emb') {
      return this.#row('embedding.buckets', hashed === null ? id : hashed.bucket + SPECIAL_TOKENS).slice();
    }
    if (variant === 'pool') {
      const sum = new Float64Array(hidden_size);
      const weights = this.#get('embedding.component_weights');
      for (let j = 0; j < hidden_size; j++) {
        const column = Float64Array.from(
          { length: POOL_CHUNKS },
          (_, chunk) => weights[chunk * hidden_size + j]!,
        );
        for (const [chunk, weight] of softmax(column).entries()) {
          const component = hashed === null ? 0 : chunkOf(hashed.code, chunk) + 1;
          sum[j]! += weight * this.#row('embedding.components', component)[j]!;
        }
      }
      return sum;
    }
    const bits = Float64Array.from({ length: HASH_BITS }, (_, i) =>
      hashed === null ? 0 : bitOf(hashed.code, i),
    );
    if (variant === 'add') {
      const zeros = bits.map((bit) => 1 - bit);
      return Float64Array.from({ length: hidden_size }, (_, j) => {
        const ones = dot(this.#row('embedding.ones', j, HASH_BITS), bits);
        return (ones + dot(this.#row('embedding.zeros', j, HASH_BITS), zeros)) / Math.sqrt(HASH_BITS);
      });
    }
    const standard = standardize(bits);
    return Float64Array.from({ length: hidden_size }, (_, j) =>
      dot(standardize(this.#row('embedding.projection', j, HASH_BITS)), standard),
    );
  }

  /** `ngram`: sum of the features' rows over the root of their number, projected. */
  #bag(features: readonly number[]): Vector {
    const { embedding_size } = this.#config;
    const sum = new Float64Array(embedding_size);
    for (const feature of features) accumulate(sum, this.#row('embedding.buckets', feature, embedding_size));
    const scaled = sum.map((x) => x / Math.sqrt(Math.max(features.length, 1)));
    return this.#weights.has('embedding.projection.weight')
      ? this.#linear('embedding.projection', scaled)
      : scaled;
  }

  /** One post-LayerNorm layer over one sequence. */
  #layer(hidden: Vector[], layer: number, onAttention?: OnAttention): Vector[] {
    const name = `layers.${layer}`;
    const attended = this.#attention(hidden, name, (...one) => onAttention?.(layer, ...one));
    return attended.map((row) => {
      const inner = this.#linear(`${name}.intermediate`, row).map(this.#activate);
      const update = this.#linear(`${name}.output`, inner);
      accumulate(update, row);
      return this.#layerNorm(`${name}.norm`, update);
    });
  }

  #attention(
    hidden: Vector[],
    name: string,
    onAttention: (head: number, row: number, probabilities: Vector) => void,
  ): Vector[] {
    const { num_attention_heads: heads, hidden_size } = this.#config;
    const size = hidden_size / heads;
    const project = (part: string) => hidden.map((row) => this.#linear(`${name}.attention.${part}`, row));
    const query = project('query');
    const key = project('key');
    const value = project('value');
    return hidden.map((row, t) => {
      const context = new Float64Array(hidden_size);
      for (let head = 0; head < heads; head++) {
        const slice = (vector: Vector) => vector.subarray(head * size, (head + 1) * size);
        const scores = key.map((k) => dot(slice(query[t]!), slice(k)) / Math.sqrt(size));
        const probabilities = softmax(Float64Array.from(scores));
        onAttention(head, t, probabilities);
        for (const [s, weight] of probabilities.entries()) {
          accumulate(
            slice(context),
            slice(value[s]!).map((x) => weight * x),
          );
        }
      }
      const update = this.#linear(`${name}.attention.output`, context);
      accumulate(update, row);
      return this.#layerNorm(`${name}.attention.norm`, update);
    });
  }

  #get(name: string): Vector {
    return this.#weights.get(name)!;
  }

  #row(name: string, index: number, width = this.#config.hidden_size): Vector {
    return this.#get(name).subarray(index * width, (index + 1) * width);
  }

  /** W · x + b; without a stored bias, W · x. */
  #linear(name: string, x: Vector): Vector {
    const weight = this.#get(`${name}.weight`);
    const bias = this.#weights.get(`${name}.bias`);
    const outputs = weight.length / x.length;
    return Float64Array.from(
      { length: outputs },
      (_, j) => dot(weight.subarray(j * x.length, (j + 1) * x.length), x) + (bias?.[j] ?? 0),
    );
  }

  #layerNorm(name: string, x: Vector): Vector {
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    const scale = 1 / Math.sqrt(variance + this.#config.layer_norm_eps);
    const weight = this.#get(`${name}.weight`);
    const bias = this.#get(`${name}.bias`);
    return x.map((value, i) => (value - mean) * scale * weight[i]! + bias[i]!);
  }
}
