import { describe, expect, it } from 'vitest';
import type { HashFormer } from '../../src/model/hashformer.ts';
import type { Tensor } from '../../src/tensor.ts';
import type { Text } from '../../src/tokenizer/text.ts';
import { describeTiers, difference, load, numbersOf, TEXTS, tiers, tinyModel, VARIANTS } from '../helpers.ts';

const TOLERANCE = 1e-5;

/** Lengths on both sides of a panel's 16 columns and of the 32 rows that attention scores at a time. */
const SIZED: Text[] = [
  'a',
  ['b c', 'd'],
  ...[14, 15, 31].map((count) => 'w x y '.repeat(11).slice(0, 2 * count)),
];

async function some(model: HashFormer): Promise<Record<string, Tensor>> {
  return {
    'embedding layer': await model.encode(SIZED, { layer: 0 }),
    'hidden states': await model.encode(SIZED),
    logits: await model.logits(SIZED),
  };
}

const MIXED: Text[] = [...SIZED, '', 'naïve 我喜欢这部电影 आप कैसे', ['👩‍👩‍👧‍👦 e\u0301', ''], 'x'.repeat(300)];

async function everything(model: HashFormer): Promise<Record<string, Tensor>> {
  const results: Record<string, Tensor> = {
    logits: await model.logits(MIXED),
    'token logits': await model.tokenLogits(MIXED),
  };
  for (let layer = 0; layer <= model.config.num_hidden_layers; layer++) {
    results[`layer ${layer}`] = await model.encode(MIXED, { layer });
  }
  for (const pooling of ['cls', 'mean', 'max'] as const) {
    results[pooling] = await model.encode(MIXED, { pooling, normalize: true });
    results[`sentences, ${pooling}`] = await model.sentences(MIXED, { pooling });
  }
  return results;
}

/** That every tier computes what the float64 backend does. */
async function expectAgreement(fields: Record<string, unknown>, compute = some): Promise<void> {
  const files = tinyModel(fields);
  const oracle = await load(files, { backend: 'reference' });
  expect([oracle.backend, oracle.tier]).toEqual(['reference', null]);
  const expected = await compute(oracle);
  for (const tier of tiers) {
    const model = await load(files, { tier });
    expect([model.backend, model.tier]).toEqual(['wasm', tier]);
    for (const [name, result] of Object.entries(await compute(model))) {
      const { data, ...shape } = expected[name]!;
      expect(result, name).toMatchObject(shape);
      expect(difference(result.data, data), `${name}, ${tier}`).toBeLessThan(TOLERANCE);
    }
  }
}

const HASHES = ['md5', 'lsh', 'simhash'] as const;
const COMBINATIONS = [
  ...VARIANTS.slice(0, 4).flatMap((variant) => HASHES.map((hash) => [variant, hash] as const)),
  ['ngram', 'md5'] as const,
  ['vocab', 'md5'] as const,
];

describe('the wasm backend agrees with float64 within 1e-5', () => {
  it.each(COMBINATIONS)('variant %s, hash %s: every output', async (variant, hash) => {
    const fields = { variant, hash, num_hidden_layers: 1, sentence_embedding_size: 19 };
    await expectAgreement(fields, everything);
  });

  const sizes: [hidden: number, heads: number, intermediate: number][] = [
    [1, 1, 1],
    [6, 6, 5],
    [15, 3, 17],
    [16, 1, 16],
    [17, 17, 64],
    [20, 4, 33],
    [30, 5, 37],
    [36, 3, 100],
  ];
  it.each(VARIANTS.flatMap((variant) => sizes.map((size) => [variant, ...size] as const)))(
    'variant %s, hidden size %i, heads %i, intermediate size %i',
    async (variant, hidden_size, num_attention_heads, intermediate_size) => {
      await expectAgreement({ variant, hidden_size, num_attention_heads, intermediate_size });
    },
  );

  it.each([1, 7, 16, 30, 45])('variant ngram, tables of width %i', async (embedding_size) => {
    await expectAgreement({ variant: 'ngram', embedding_size, hash_keys: ['a', 'b', ''] });
  });

  it.each<[string, Record<string, unknown>]>([
    ['no layers', { num_hidden_layers: 0 }],
    ['one bucket', { buckets: 1 }],
    ['one label', { num_labels: 1 }],
    ['more labels than hidden numbers', { num_labels: 70 }],
    [
      'a head wider than any sequence',
      { hidden_size: 128, num_attention_heads: 1, max_position_embeddings: 6 },
    ],
    ['token types', { type_vocab_size: 3 }],
    ['a head with ReLU', { architecture: { head_activation: 'relu' } }],
    ['no token types', { variant: 'vocab', type_vocab_size: 0 }],
    ['token types of a vocabulary', { variant: 'vocab', type_vocab_size: 3 }],
    ['a vocabulary with positions from 2', { variant: 'vocab', first_position: 2 }],
    ['a large epsilon', { layer_norm_eps: 1 }],
    ['an epsilon of 0', { layer_norm_eps: 0 }],
    ['the tokenizer of whole words', { tokenizer: 'unicode' }],
    ['no n-grams', { variant: 'ngram', ngram_range: null }],
    ['n-grams of which none is kept', { variant: 'ngram', max_ngrams: 0 }],
    ['n-grams of one character', { variant: 'ngram', ngram_range: [1, 1] }],
    ['n-grams longer than tokens', { variant: 'ngram', ngram_range: [60, 64], max_ngrams: 100 }],
    ['SimHash of one character', { variant: 'pool', hash: 'simhash', ngram_range: [1, 1] }],
    ['SimHash without marks', { variant: 'pool', hash: 'simhash', boundary_marks: false }],
    ['an empty key', { hash_key: '' }],
    ['a long key', { hash_key: 'k'.repeat(1000) }],
  ])('%s', async (_, fields) => {
    await expectAgreement(fields);
  });
});

describeTiers('a mixture of types', (tier) => {
  it('computes in float32 where the matrices of one attention differ in type', async () => {
    const name = 'layers.0.attention.query.weight';
    const files = tinyModel(
      {},
      {
        change: (tensors) => {
          const { data } = tensors.get(name)!;
          tensors.set(name, { dtype: 'I8', shape: [30, 30], data: data.slice(0, 900) });
          tensors.set(`${name}_scale`, { dtype: 'F32', shape: [30], data: new Uint8Array(120) });
          numbersOf(tensors.get(`${name}_scale`)!).fill(2 ** -8);
        },
      },
    );
    const mixed = await load(files, { tier });
    const oracle = await load(files, { backend: 'reference' });
    expect(difference((await mixed.encode(TEXTS)).data, (await oracle.encode(TEXTS)).data)).toBeLessThan(
      TOLERANCE,
    );
  });
});
