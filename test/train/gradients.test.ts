import { describe, expect, it } from 'vitest';
import { VARIANTS as ALL } from '../../src/architecture/variants.ts';
import type { Goal, MicroBatch } from '../../src/train/engine/micro-batch.ts';
import { differingBits, normal, Random, tiers } from '../helpers.ts';
import { type Dropout, Oracle } from './oracle.ts';
import { batchOf, goalOf, type Tiny, tiny, train } from './tiny.ts';

const norm = (x: ArrayLike<number>) =>
  Math.sqrt(Array.from(x).reduce((sum, value) => sum + value * value, 0));

/**
 * That every tensor's gradient is the slope of the loss in float64: along a random direction through all of the tensor,
 * and outside the layers along its steepest entry and a random one. Of a norm g of the gradient, float32 may be off by 2e-5.
 */
async function expectSlopes(model: Tiny, given: MicroBatch, dropout: Dropout = { rate: 0, seed: 0 }) {
  const random = new Random(7);
  const backends = await Promise.all(tiers.map((tier) => train(model, tier)));
  const losses = backends.map((backend) => backend.accumulate(given.batch, given.goals, dropout));
  const { specs } = backends[0]!;
  const oracle = new Oracle(
    model.config,
    model.weights,
    await backends[0]!.inference.hasher(),
    given,
    dropout,
  );
  const exact = oracle.losses();
  for (const values of losses) {
    for (const [i, value] of values.entries())
      expect(Math.abs(value - exact[i]!)).toBeLessThan(5e-6 * Math.max(1, Math.abs(exact[i]!)));
  }
  // All gradients are read before the oracle hashes in the same memory.
  const gradients = backends.map((backend) => specs.map((spec) => backend.read(spec, 'gradient')));
  const whole = norm(gradients[0]!.map(norm));
  expect(whole).toBeGreaterThan(0);
  for (const [index, { name, shape }] of specs.entries()) {
    const first = gradients[0]![index]!;
    const directions = [first.map(() => normal(random))];
    // The reference's padding row is read and not trained.
    if (name === 'embedding.components') directions[0]!.fill(0, 0, shape[1]);
    const steepest = first.reduce(
      (most, value, i) => (Math.abs(value) > Math.abs(first[most]!) ? i : most),
      0,
    );
    const untrained = name === 'embedding.components' ? shape[1]! : 0;
    const single = !name.startsWith('layers.');
    for (const entry of single ? [steepest, untrained + random.below(first.length - untrained)] : []) {
      directions.push(new Float32Array(first.length));
      directions.at(-1)![entry] = 1;
    }
    for (const direction of directions) {
      const slope = oracle.slope(name, direction);
      for (const [b, tensors] of gradients.entries()) {
        const gradient = tensors[index]!;
        const got = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0);
        const error = Math.abs(got - slope);
        expect(error, `${name} on ${tiers[b]}: ${got}, not ${slope}`).toBeLessThan(
          2e-5 * norm(gradient) + 1e-7 * whole,
        );
      }
    }
  }
  const [simd, scalar] = (['simd', 'scalar'] as const).map((tier) => gradients[tiers.indexOf(tier)]!);
  expect(losses[tiers.indexOf('simd')]).toEqual(losses[tiers.indexOf('scalar')]);
  for (const [i, { name }] of specs.entries()) expect(differingBits(simd![i]!, scalar![i]!), name).toBe(0);
}

const FIVE_HEADS = { hidden_size: 20, num_attention_heads: 5, intermediate_size: 23 };
const THREE_HEADS = { hidden_size: 36, num_attention_heads: 3, intermediate_size: 23 };
const HASHED = ALL.filter((variant) => !['ngram', 'vocab'].includes(variant));

const EMBEDDINGS: Record<string, unknown>[] = [
  ...HASHED.map((variant) => ({ variant, hash: 'md5', ...FIVE_HEADS })),
  ...HASHED.map((variant) => ({ variant, hash: 'simhash', ...THREE_HEADS })),
  { variant: 'ngram', ngram_range: [2, 3], ...FIVE_HEADS },
  { variant: 'ngram', hash_keys: ['a', 'b'], ngram_range: null, embedding_size: 13, ...THREE_HEADS },
  { variant: 'vocab', token_types: true, ...FIVE_HEADS },
  { variant: 'vocab', type_vocab_size: 0, ...FIVE_HEADS },
];

describe('gradients are the slopes of the loss in float64', () => {
  it.each(EMBEDDINGS)('$variant $hash, hidden size $hidden_size', async (fields) => {
    const model = tiny(fields);
    // Specials only, lengths around the tiles' sizes, and more than one block of 32 queries.
    const batch = batchOf(model.config, [1, 7, 1, 16, 2, 37, 3]);
    const goals = [goalOf(model.config, batch, { head: 'token', loss: 'cross-entropy' })];
    await expectSlopes(model, { batch, goals });
  });

  const FEW = { ...FIVE_HEADS, num_hidden_layers: 1 };
  const GOALS: (Partial<Goal> & Pick<Goal, 'head' | 'loss'> & { pooling?: string; architecture?: object })[] =
    [
      { head: 'classification', loss: 'cross-entropy' },
      { head: 'classification', loss: 'cross-entropy', labelWeights: Float32Array.of(0.3, 2, 0, 1.5, 1) },
      { head: 'classification', loss: 'soft-cross-entropy', temperature: 2.5 },
      { head: 'classification', loss: 'soft-cross-entropy' },
      { head: 'classification', loss: 'binary-cross-entropy' },
      { head: 'classification', loss: 'squared-error', scale: 0.7 },
      { head: 'classification', loss: 'centred-squared-error' },
      { head: 'classification', loss: 'cosine' },
      { head: 'classification', loss: 'cross-entropy', architecture: { head_activation: 'relu' } },
      { head: 'token', loss: 'cross-entropy', labelWeights: Float32Array.of(2, 0.5, 1) },
      { head: 'token', loss: 'soft-cross-entropy', temperature: 0.5 },
      { head: 'token', loss: 'binary-cross-entropy' },
      { head: 'token', loss: 'squared-error' },
      { head: 'sentence', loss: 'cosine', pooling: 'mean' },
      { head: 'sentence', loss: 'cosine', pooling: 'cls' },
      { head: 'sentence', loss: 'squared-error', pooling: 'mean' },
      { head: 'sentence', loss: 'centred-squared-error', pooling: 'cls' },
      { head: 'signature', loss: 'binary-cross-entropy' },
      { head: 'signature', loss: 'cross-entropy' },
    ];
  it.each(GOALS)(
    '$head head $pooling, $loss, temperature $temperature, weights $labelWeights',
    async (given) => {
      const { pooling = null, architecture = {}, ...fields } = given;
      const model = tiny({ ...FEW, num_labels: 5, pooling, architecture });
      const batch = batchOf(model.config, [5, 1, 17, 9, 2, 11]);
      await expectSlopes(model, { batch, goals: [goalOf(model.config, batch, fields)] });
    },
  );

  const EVERY = (model: Tiny, batch: MicroBatch['batch']) => [
    goalOf(model.config, batch, { head: 'classification', loss: 'cross-entropy' }, 1),
    goalOf(model.config, batch, { head: 'token', loss: 'cross-entropy', scale: 0.04 }, 2),
    goalOf(model.config, batch, { head: 'sentence', loss: 'cosine' }, 3),
    goalOf(model.config, batch, { head: 'signature', loss: 'binary-cross-entropy' }, 4),
  ];

  it('several goals at once, four labels and one, no layers', async () => {
    for (const fields of [
      { num_hidden_layers: 0 },
      { num_labels: 1 },
      { token_labels: ['a', 'b', 'c', 'd'] },
    ]) {
      const model = tiny({ ...FEW, ...fields });
      const batch = batchOf(model.config, [6, 1, 19]);
      await expectSlopes(model, { batch, goals: EVERY(model, batch) });
    }
  });

  it.each([0, 0.2])('several blocks of 64 rows, and sequences of 50, dropout %d', async (rate) => {
    const model = tiny({ ...FEW, hidden_size: 12, num_attention_heads: 3 });
    const batch = batchOf(model.config, [50, 50, 41, 1, 33, 50, 47]);
    expect(batch.ids.length).toBeGreaterThan(4 * 64);
    const goals = [goalOf(model.config, batch, { head: 'token', loss: 'cross-entropy' })];
    await expectSlopes(model, { batch, goals }, { rate, seed: 11 });
  });

  it('with dropout everywhere, of the masks that its hash draws', async () => {
    for (const [i, fields] of [
      FIVE_HEADS,
      { ...THREE_HEADS, variant: 'pool' },
      { ...FIVE_HEADS, variant: 'vocab', token_types: true, num_hidden_layers: 1 },
      {
        ...FIVE_HEADS,
        variant: 'vocab',
        type_vocab_size: 0,
        num_hidden_layers: 1,
        architecture: { head_activation: 'relu', head_dropout: 'state' },
      },
    ].entries()) {
      const model = tiny(fields);
      const batch = batchOf(model.config, [7, 1, 35, 16]);
      await expectSlopes(model, { batch, goals: EVERY(model, batch) }, { rate: 0.3, seed: 0xdeadbeef + i });
    }
  });
});
