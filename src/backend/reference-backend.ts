import type { Computed, Part } from '../architecture/architecture.ts';
import { architectureOf, type HashFormerConfig } from '../architecture/config.ts';
import type { Hasher } from '../architecture/hasher.ts';
import { layerOf, type Output } from '../architecture/outputs.ts';
import type { Activation } from '../architecture/problem-types.ts';
import type { Weight } from '../architecture/tensor-spec.ts';
import { HashformerError } from '../errors.ts';
import type { Backend, Batch, CreateBackend, Device } from './backend.ts';
import { ACTIVATE, accumulate, dot, gelu, normalize, pool, softmax, type Vector } from './float64.ts';
import { Float64Weights } from './float64-weights.ts';
import { embedTokens } from './reference-embedding.ts';
import { StringHasher } from './string-hasher.ts';
import { WasmHasher } from './wasm-hasher.ts';

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

/** Rows that are computed between two looks at an AbortSignal. */
const BATCH_ROWS = 256;

/** Is told what attention weighs: the probabilities of one row of a sequence over all of its rows. */
export type OnAttention = (layer: number, head: number, row: number, probabilities: Vector) => void;

/**
 * The oracle: the model in float64, one sequence and one number at a time, written to be read beside the paper.
 * Only the hashes, which are integers, come from wasm.
 */
export class ReferenceBackend implements Backend {
  readonly device: Device = { name: 'float64', reason: null };
  readonly tier = null;
  readonly batchRows = BATCH_ROWS;
  readonly inFlight = 1;
  readonly #config: HashFormerConfig;
  readonly #weights: Float64Weights;
  readonly #activate: (x: number) => number;
  readonly #activateHead: (x: number) => number;
  #hasher: Hasher | null;

  constructor(config: HashFormerConfig, weights: readonly Weight[], hasher: Hasher) {
    this.#config = config;
    const { activation, head_activation } = architectureOf(config);
    this.#activate = FORMULAS.activation[activation];
    this.#activateHead = FORMULAS.head_activation[head_activation];
    this.#hasher = hasher;
    this.#weights = new Float64Weights(weights);
  }

  get memoryBytes(): number {
    return this.#weights.bytes;
  }

  hasher(): Hasher {
    return this.#hasher!;
  }

  dispose(): void {
    this.#weights.clear();
    this.#hasher = null;
  }

  activate(kind: Activation, logits: Float32Array, width: number): Float32Array {
    const result = new Float32Array(logits.length);
    for (let at = 0; at < logits.length; at += width) {
      result.set(ACTIVATE[kind](Float64Array.from(logits.subarray(at, at + width))), at);
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
      const layers = layerOf(output, this.#config);
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
  #embeddings({ ids, starts, tokens, types }: Batch): Vector[] {
    const { first_position, hidden_size } = this.#config;
    const rows = embedTokens(ids, tokens, this.#weights, this.#config, this.hasher());
    let sequence = 0;
    return rows.map((row, t) => {
      while (t === starts[sequence + 1]) sequence++;
      const position = first_position + t - starts[sequence]!;
      accumulate(row, this.#weights.row('embedding.position', position, hidden_size));
      if (this.#config.type_vocab_size > 0) {
        accumulate(row, this.#weights.row('embedding.type', types[t]!, hidden_size));
      }
      return this.#layerNorm('embedding.norm', row);
    });
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

  #linear(name: string, x: Vector): Vector {
    return this.#weights.linear(name, x);
  }

  #layerNorm(name: string, x: Vector): Vector {
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    const scale = 1 / Math.sqrt(variance + this.#config.layer_norm_eps);
    const weight = this.#weights.get(`${name}.weight`);
    const bias = this.#weights.get(`${name}.bias`);
    return x.map((value, i) => (value - mean) * scale * weight[i]! + bias[i]!);
  }
}

export const createReferenceBackend: CreateBackend = ({ config, weights, wasm, pieces }) =>
  new ReferenceBackend(config, weights, new StringHasher(new WasmHasher(wasm, config, pieces)));
