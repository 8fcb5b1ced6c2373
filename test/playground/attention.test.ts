import { describe, expect, it } from 'vitest';
import { attention } from '../../playground/worker/attention.ts';
import { loadModel } from '../../playground/worker/model.ts';
import { accumulate, dot, gelu, type Vector } from '../../src/backend/float64.ts';
import type { ReferenceBackend } from '../../src/backend/reference-backend.ts';
import { toFloat64 } from '../../src/formats/elements.ts';
import { toBatch } from '../../src/model/batches.ts';
import { createModel } from '../../src/model/create.ts';
import { HashFormer } from '../../src/model/hashformer.ts';
import { readSource } from '../../src/model/source.ts';
import { tinyModel, VARIANTS, wordPieces } from '../helpers.ts';

const TEXT = 'A gorgeous, witty movie: naïve 我喜欢这部电影!';
const TOLERANCE = 1e-5;

async function load(fields: Record<string, unknown>) {
  const options = { tier: undefined, signal: undefined };
  const source = { ...tinyModel(fields), ...(fields.variant === 'vocab' ? { tokenizer: wordPieces } : {}) };
  const created = await createModel(await readSource(source), { backend: 'wasm', ...options });
  const oracle = await createModel(await readSource(source), { backend: 'reference', ...options });
  return { created, model: HashFormer.over(created), reference: oracle.backend as ReferenceBackend };
}

type Loaded = Awaited<ReturnType<typeof load>>;

/** Attention of one text, by layer, head and row. */
function weightsOf({ model, reference }: Loaded, text: string): Vector[][][] {
  const found: Vector[][][] = [];
  const batch = toBatch([model.assemble(text)]);
  reference.compute(batch, { kind: 'logits' }, (layer, head, row, probabilities) => {
    found[layer] ??= [];
    found[layer][head] ??= [];
    expect(found[layer][head][row]).toBeUndefined();
    found[layer][head][row] = probabilities.slice();
  });
  return found;
}

/** A layer over the hidden states before it, with attention weights that are given. */
function layer({ created }: Loaded, name: string, hidden: Vector[], weights: Vector[][]): Vector[] {
  const tensors = new Map(
    created.weights.list.map((one) => [one.spec.name, toFloat64(one.tensor, one.scale)]),
  );
  const linear = (part: string, x: Vector) => {
    const matrix = tensors.get(`${name}.${part}.weight`)!;
    const bias = tensors.get(`${name}.${part}.bias`)!;
    return bias.map((b, j) => b + dot(matrix.subarray(j * x.length, (j + 1) * x.length), x));
  };
  const norm = (part: string, x: Vector) => {
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    const [scale, shift] = ['weight', 'bias'].map((one) => tensors.get(`${name}.${part}.${one}`)!) as [
      Vector,
      Vector,
    ];
    const root = Math.sqrt(variance + created.config.layer_norm_eps);
    return x.map((value, i) => ((value - mean) / root) * scale[i]! + shift[i]!);
  };
  const size = hidden[0]!.length / weights.length;
  const values = hidden.map((row) => linear('attention.value', row));
  return hidden.map((row, t) => {
    const context = row.map((_, i) => {
      const head = weights[Math.floor(i / size)]!;
      return values.reduce((sum, value, s) => sum + head[t]![s]! * value[i]!, 0);
    });
    const attended = linear('attention.output', context);
    accumulate(attended, row);
    const first = norm('attention.norm', attended);
    const update = linear('output', linear('intermediate', first).map(gelu));
    accumulate(update, first);
    return norm('norm', update);
  });
}

describe.each(VARIANTS)('attention of a model of the variant %s', (variant) => {
  it('is a distribution a row, of which the next hidden states of the wasm module follow', async () => {
    const loaded = await load({ variant });
    const { model } = loaded;
    const weights = weightsOf(loaded, TEXT);
    const { num_hidden_layers: layers, num_attention_heads: heads, hidden_size: size } = model.config;
    expect(weights).toHaveLength(layers);
    for (const [i, ofLayer] of weights.entries()) {
      expect(ofLayer).toHaveLength(heads);
      for (const row of ofLayer.flat()) {
        expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
        expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
      }
      const { data, shape } = await model.encode([TEXT], { layer: i });
      const before = Array.from({ length: shape[0]! }, (_, t) =>
        Float64Array.from(data.subarray(t * size, (t + 1) * size)),
      );
      const after = (await model.encode([TEXT], { layer: i + 1 })).data;
      const made = layer(loaded, `layers.${i}`, before, ofLayer).flatMap((row) => [...row]);
      const difference = made.reduce((most, value, at) => Math.max(most, Math.abs(value - after[at]!)), 0);
      expect(difference).toBeLessThan(TOLERANCE);
    }
  });
});

describe('attention on the page', () => {
  it.each(['sentiment', 'sentence'] as const)(
    'comes with how far it is from the wasm module: %s',
    async (name) => {
      const loaded = await loadModel(name);
      const found = attention(loaded, 'A gorgeous, witty movie', false);
      if ('seconds' in found) throw new Error('refused');
      expect(found.labels).toEqual(['<s>', 'a', 'gorgeous', ',', 'witty', 'movie', '</s>']);
      expect(found.first).toBe(1);
      expect(found.weights).toHaveLength(found.layers * found.heads * 7 * 7);
      expect(found.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(
        found.layers * found.heads * 7,
        4,
      );
      // The shipped models round rows of activations to 7 bits, float64 does not.
      expect(found.difference).toBeGreaterThan(0);
      expect(found.difference).toBeLessThan(0.05);
    },
  );

  it('is not computed unasked where it takes long, and not at all where it cannot be shown', async () => {
    const { created, model, reference } = await load({
      variant: 'emb',
      max_position_embeddings: 600,
      max_length: 590,
      num_hidden_layers: 20,
      intermediate_size: 4000,
    });
    const loaded = {
      name: 'large',
      task: 'classification',
      model,
      created,
      reference: () => reference,
    } as const;
    expect(attention(loaded, 'word '.repeat(200), false)).toEqual({ rows: 202, seconds: expect.any(Number) });
    expect(attention(loaded, 'word '.repeat(400), true)).toEqual({ rows: 402, seconds: null });
    expect(attention(loaded, 'word', false)).toMatchObject({ heads: 5, layers: 20 });
  });
});
