// Training in float64: what a batch's losses are, of weights that can be moved, and so how steep they are. Embeddings
// are the reference backend's; the layers are written out here, to be read beside the paper, with dropout.

import { architectureOf, type HashFormerConfig } from '../../src/architecture/config.ts';
import type { Hasher } from '../../src/architecture/hasher.ts';
import type { Weight } from '../../src/architecture/tensor-spec.ts';
import { gelu, pool, softmax, type Vector } from '../../src/backend/float64.ts';
import { ReferenceBackend } from '../../src/backend/reference-backend.ts';
import { toFloat64 } from '../../src/formats/elements.ts';
import type { Goal, MicroBatch } from '../../src/train/engine/micro-batch.ts';
import { lossOf } from './losses.ts';

const { fround, imul } = Math;
const padded = (width: number) => (width + 15) & ~15;

/** Where dropout drops, as its hash numbers the places. */
const SITES = { embedding: 0, head: 1, headState: 2, attention: 3, attentionOut: 4, layerOut: 5 };
const SITES_PER_LAYER = 3;

function mix(x: number): number {
  x = imul(x ^ (x >>> 16), 0x7feb352d);
  x = imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** What dropout multiplies number `index` of a site with: 0, or 1 / (1 - rate). */
export function dropoutFactor(
  { rate, seed }: { rate: number; seed: number },
  site: number,
  layer: number,
  index: number,
): number {
  if (rate === 0) return 1;
  const offset = mix(seed ^ mix(site + layer * SITES_PER_LAYER));
  const flip = mix((offset + seed) | 0);
  const place = imul(offset + index, 0x9e3779b9);
  const first = imul(place ^ (place >>> 16) ^ flip, 0x7feb352d);
  const hash = imul(first ^ (first >>> 15), 0x846ca68b) >>> 0;
  return hash < Math.floor(fround(rate) * 2 ** 32) ? 0 : fround(1 / fround(1 - fround(rate)));
}

export interface Dropout {
  readonly rate: number;
  readonly seed: number;
}

/** The losses of one batch as a function of the weights. */
export class Oracle {
  readonly #config: HashFormerConfig;
  readonly #weights: readonly Weight[];
  readonly #hasher: Hasher;
  readonly #batch: MicroBatch['batch'];
  readonly #goals: readonly Goal[];
  readonly #dropout: Dropout;
  readonly #values: Map<string, Vector>;
  /** What goes into each layer, and comes out of the last, with the weights as they were given. */
  readonly #states: Vector[][] = [];

  constructor(
    config: HashFormerConfig,
    weights: readonly Weight[],
    hasher: Hasher,
    { batch, goals }: MicroBatch,
    dropout: Dropout = { rate: 0, seed: 0 },
  ) {
    this.#config = config;
    this.#weights = weights;
    this.#hasher = hasher;
    this.#batch = batch;
    this.#goals = goals;
    this.#dropout = dropout;
    this.#values = new Map(weights.map(({ spec, tensor }) => [spec.name, toFloat64(tensor, null)]));
    this.#states.push(this.#embed());
    for (let layer = 0; layer < config.num_hidden_layers; layer++)
      this.#states.push(this.#layer(this.#states[layer]!, layer));
  }

  /** scale · Σ loss of each goal. */
  losses(): number[] {
    return this.#lossesFrom(this.#config.num_hidden_layers);
  }

  /** The same, computed anew from a layer on; -1: from the embeddings on. */
  #lossesFrom(first: number): number[] {
    let hidden = first < 0 ? this.#embed() : this.#states[first]!;
    for (let layer = Math.max(first, 0); layer < this.#config.num_hidden_layers; layer++)
      hidden = this.#layer(hidden, layer);
    return this.#goals.map((goal) => lossOf(goal, this.#output(hidden, goal)));
  }

  /** The first layer that a tensor changes. */
  #layerOf(name: string): number {
    if (name.startsWith('embedding.')) return -1;
    return name.startsWith('layers.') ? Number(name.split('.')[1]) : this.#config.num_hidden_layers;
  }

  /** The derivative of the sum of all losses as a tensor moves in a direction: a central difference. */
  slope(name: string, direction: ArrayLike<number>): number {
    const step = 1e-5;
    const value = this.#values.get(name)!;
    const kept = value.slice();
    const at = (distance: number) => {
      for (let i = 0; i < value.length; i++) value[i] = kept[i]! + distance * direction[i]!;
      return this.#lossesFrom(this.#layerOf(name)).reduce((sum, loss) => sum + loss, 0);
    };
    const slope = (at(step) - at(-step)) / (2 * step);
    value.set(kept);
    return slope;
  }

  #embed(): Vector[] {
    const weights = this.#weights
      .filter(({ spec }) => spec.name.startsWith('embedding.'))
      .map(({ spec, tensor }) => {
        const data = new Uint8Array(this.#values.get(spec.name)!.slice().buffer);
        return { spec, tensor: { dtype: 'F64' as const, shape: tensor.shape, data }, scale: null };
      });
    const reference = new ReferenceBackend(this.#config, weights, this.#hasher);
    const rows = reference.compute(this.#batch, { kind: 'hidden', layer: 0 });
    return rows.map((row, t) => this.#drop(row, SITES.embedding, 0, t));
  }

  #drop(row: Vector, site: number, layer: number, index: number): Vector {
    if (this.#dropout.rate === 0) return row;
    const first = index * padded(row.length);
    return row.map((value, i) => value * dropoutFactor(this.#dropout, site, layer, first + i));
  }

  #layer(x: Vector[], layer: number): Vector[] {
    const name = `layers.${layer}`;
    const context = this.#attention(x, layer);
    return x.map((row, t) => {
      const update = this.#linear(`${name}.attention.output`, context[t]!);
      const attended = this.#norm(
        `${name}.attention.norm`,
        sum(row, this.#drop(update, SITES.attentionOut, layer, t)),
      );
      const inner = this.#linear(`${name}.intermediate`, attended).map(gelu);
      const out = this.#drop(this.#linear(`${name}.output`, inner), SITES.layerOut, layer, t);
      return this.#norm(`${name}.norm`, sum(attended, out));
    });
  }

  #attention(x: Vector[], layer: number): Vector[] {
    const { num_attention_heads: heads, hidden_size } = this.#config;
    const { starts } = this.#batch;
    const size = hidden_size / heads;
    const lengths = Array.from(starts.subarray(1), (end, i) => end - starts[i]!);
    const widest = padded(Math.max(...lengths));
    const part = (kind: string) => x.map((row) => this.#linear(`layers.${layer}.attention.${kind}`, row));
    const [query, key, value] = [part('query'), part('key'), part('value')] as const;
    const context = x.map(() => new Float64Array(hidden_size));
    for (const [i, length] of lengths.entries()) {
      const start = starts[i]!;
      for (let t = start; t < start + length; t++) {
        for (let head = 0; head < heads; head++) {
          const first = head * size;
          const scores = new Float64Array(length);
          for (let s = 0; s < length; s++) {
            for (let j = first; j < first + size; j++) scores[s]! += query[t]![j]! * key[start + s]![j]!;
          }
          const probabilities = softmax(scores.map((score) => score / Math.sqrt(size)));
          for (let s = 0; s < length; s++) {
            const index = (t * heads + head) * widest + s;
            const weight = probabilities[s]! * dropoutFactor(this.#dropout, SITES.attention, layer, index);
            for (let j = first; j < first + size; j++) context[t]![j]! += weight * value[start + s]![j]!;
          }
        }
      }
    }
    return context;
  }

  /** Rows that a goal's head puts out. */
  #output(hidden: Vector[], { head, rows }: Goal): Vector[] {
    const { starts } = this.#batch;
    const sequences = (pooling: 'cls' | 'mean') =>
      Array.from(starts.subarray(1), (end, i) => pool(hidden.slice(starts[i], end), pooling));
    switch (head) {
      case 'classification':
        return sequences('cls').map((row, i) => {
          const { head_dropout, head_activation } = architectureOf(this.#config);
          const input = head_dropout === 'state' ? row : this.#drop(row, SITES.head, 0, i);
          const activate = { tanh: Math.tanh, relu: (x: number) => Math.max(x, 0) }[head_activation];
          const state = this.#linear('classifier.dense', input).map(activate);
          return this.#linear('classifier.output', this.#drop(state, SITES.headState, 0, i));
        });
      case 'sentence':
        return sequences(this.#config.pooling === 'cls' ? 'cls' : 'mean').map((row) =>
          this.#linear('sentence_projection', row),
        );
      case 'token':
        return hidden.map((row, t) => this.#linear('token_classifier', this.#drop(row, SITES.head, 0, t)));
      case 'signature':
        return Array.from(rows!, (t, i) =>
          this.#linear('signature', this.#drop(hidden[t]!, SITES.head, 0, i)),
        );
    }
  }

  #linear(name: string, x: Vector): Vector {
    const weight = this.#values.get(`${name}.weight`)!;
    const out = this.#values.get(`${name}.bias`)!.slice();
    for (let j = 0, at = 0; j < out.length; j++) {
      for (let i = 0; i < x.length; i++) out[j]! += weight[at++]! * x[i]!;
    }
    return out;
  }

  #norm(name: string, x: Vector): Vector {
    const mean = x.reduce((total, value) => total + value, 0) / x.length;
    const variance = x.reduce((total, value) => total + (value - mean) ** 2, 0) / x.length;
    const scale = 1 / Math.sqrt(variance + this.#config.layer_norm_eps);
    const weight = this.#values.get(`${name}.weight`)!;
    const bias = this.#values.get(`${name}.bias`)!;
    return x.map((value, i) => (value - mean) * scale * weight[i]! + bias[i]!);
  }
}

function sum(a: Vector, b: Vector): Vector {
  return a.map((value, i) => value + b[i]!);
}
