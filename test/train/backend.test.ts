import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/backend/backend.ts';
import type { Goal, Replacement } from '../../src/train/engine/micro-batch.ts';
import type { TrainingBackend } from '../../src/train/engine/training-module.ts';
import { describeTiers, difference, differingBits, failure, tiers } from '../helpers.ts';
import { batchOf, goalOf, type Tiny, tiny, train } from './tiny.ts';

const NO_DROPOUT = { rate: 0, seed: 0 };
const DROPOUT = { rate: 0.2, seed: 99 };

const gradients = (backend: TrainingBackend) => backend.specs.map((spec) => backend.read(spec, 'gradient'));

/** Three goals whose losses do not depend on what else is in the batch. */
function goalsOf({ config }: Tiny, batch: Batch): Goal[] {
  const scale = 0.1;
  return [
    goalOf(config, batch, { head: 'classification', loss: 'cross-entropy', scale }, 1),
    goalOf(config, batch, { head: 'token', loss: 'cross-entropy', scale }, 2),
    goalOf(config, batch, { head: 'signature', loss: 'binary-cross-entropy', scale }, 3),
  ];
}

function expectSame(a: Float32Array[], b: Float32Array[]): void {
  expect(a.map((tensor, i) => differingBits(tensor, b[i]!)).reduce((x, y) => x + y)).toBe(0);
}

function expectNear(a: Float32Array[], b: Float32Array[]): void {
  const norm = (tensors: Float32Array[]) =>
    Math.sqrt(tensors.reduce((sum, tensor) => sum + tensor.reduce((s, x) => s + x * x, 0), 0));
  const differences = a.map((tensor, i) => tensor.map((x, j) => x - b[i]![j]!));
  expect(norm(differences)).toBeLessThan(1e-6 * norm(b));
}

describeTiers('gradients', (tier) => {
  const model = tiny({ num_hidden_layers: 3, variant: 'pool' });
  const batch = batchOf(model.config, [9, 1, 34, 17]);
  const goals = goalsOf(model, batch);

  it('are the same bits when activations are computed again', async () => {
    const kept = await train(model, tier);
    const again = await train(model, tier, true);
    const losses = [kept, again].map((backend) => backend.accumulate(batch, goals, DROPOUT));
    expect(losses[0]).toEqual(losses[1]);
    expectSame(gradients(kept), gradients(again));
    expect(again.memoryBytes).toBeLessThanOrEqual(kept.memoryBytes);
  });

  it('add up over batches until they are cleared', async () => {
    for (const variant of ['pool', 'add', 'proj', 'ngram'] as const) {
      const own = tiny({ num_hidden_layers: 1, variant, ...(variant === 'ngram' && { embedding_size: 13 }) });
      const backend = await train(own, tier);
      const parts = [batchOf(own.config, [9, 4], 1), batchOf(own.config, [1, 20, 3], 2)];
      const alone = parts.map((part) => {
        backend.clearGradients();
        backend.accumulate(part, goalsOf(own, part), NO_DROPOUT);
        return gradients(backend);
      });
      backend.clearGradients();
      for (const part of parts) backend.accumulate(part, goalsOf(own, part), NO_DROPOUT);
      expectNear(
        gradients(backend),
        alone[0]!.map((tensor, i) => tensor.map((x, j) => x + alone[1]![i]![j]!)),
      );
      backend.clearGradients();
      expect(backend.gradientNorm()).toBe(0);
      expect(gradients(backend).every((tensor) => tensor.every((x) => x === 0))).toBe(true);
    }
  });

  it('of a batch in two parts are those of the whole', async () => {
    const backend = await train(model, tier);
    const { ids, tokens, starts, types } = batch;
    const labels = (goal: Goal, from: number, to: number) => ({
      ...goal,
      targets: goal.targets.slice(from, to),
    });
    const [classes, labelled] = goals as [Goal, Goal, Goal];
    const whole = backend.accumulate(batch, [classes, labelled], NO_DROPOUT);
    const expected = gradients(backend);
    backend.clearGradients();
    const cut = starts[2]!;
    const first = ids.subarray(0, cut).filter((id) => id === -1).length;
    const halves: [Batch, Goal[]][] = [
      [
        {
          ids: ids.slice(0, cut),
          types: types.slice(0, cut),
          starts: starts.slice(0, 3),
          tokens: tokens.slice(0, first),
        },
        [labels(classes, 0, 2), labels(labelled, 0, cut)],
      ],
      [
        {
          ids: ids.slice(cut),
          types: types.slice(cut),
          starts: starts.slice(2).map((start) => start - cut),
          tokens: tokens.slice(first),
        },
        [labels(classes, 2, 4), labels(labelled, cut, ids.length)],
      ],
    ];
    const losses = halves.map(([half, some]) => backend.accumulate(half, some, NO_DROPOUT));
    expectNear(gradients(backend), expected);
    for (const [i, loss] of whole.entries()) {
      expect(Math.abs(losses[0]![i]! + losses[1]![i]! - loss)).toBeLessThan(1e-6 * loss);
    }
  });

  it('depend on the seed of dropout, and on nothing else', async () => {
    const backend = await train(model, tier);
    const run = (rate: number, seed: number) => {
      backend.clearGradients();
      const losses = backend.accumulate(batch, goals, { rate, seed });
      return [Float64Array.from(losses), gradients(backend)] as const;
    };
    const [loss, gradient] = run(0.2, 5);
    const [same, sameGradient] = run(0.2, 5);
    expect(same).toEqual(loss);
    expectSame(sameGradient, gradient);
    for (const [rate, seed] of [
      [0.2, 6],
      [0.25, 5],
      [0, 5],
    ] as const) {
      expect(difference(run(rate, seed)[0], loss)).toBeGreaterThan(1e-3);
    }
  });

  it('norm and scale', async () => {
    for (const variant of ['emb', 'add', 'proj'] as const) {
      const own = tiny({ variant, num_hidden_layers: 1 });
      const backend = await train(own, tier);
      backend.accumulate(batch, goalsOf(own, batch), NO_DROPOUT);
      const squares = (tensors: Float32Array[]) =>
        tensors.reduce((sum, tensor) => sum + tensor.reduce((s, x) => s + x * x, 0), 0);
      const before = gradients(backend);
      expect(backend.gradientNorm() / Math.sqrt(squares(before))).toBeCloseTo(1, 6);
      backend.scaleGradients(0.25);
      expectSame(
        gradients(backend),
        before.map((tensor) => tensor.map((x) => x * 0.25)),
      );
    }
  });
});

describe('a step', () => {
  it('takes replaced hashes for those of other tokens', async () => {
    for (const fields of [
      {},
      { variant: 'pool' },
      { variant: 'proj' },
      { variant: 'ngram', ngram_range: null, hash_keys: ['a', 'b'] },
    ]) {
      const model = tiny(fields);
      const backend = await train(model, 'simd');
      const batch = batchOf(model.config, [9, 6]);
      const hasher = await backend.inference.hasher();
      const tokens = batch.tokens.map((token, i) => (i % 3 === 1 ? `other${i}` : token));
      const changed = tokens.flatMap((token, index) =>
        token === batch.tokens[index] ? [] : [{ index, token }],
      );
      const replacements = changed.map(({ index, token }): Replacement => {
        if (model.config.variant === 'ngram')
          return { index, features: Uint32Array.from(hasher.features([token])[0]!) };
        const { codes, buckets } = hasher.hash([token]);
        return model.config.variant === 'emb' ? { index, bucket: buckets[0]! } : { index, code: codes };
      });
      expect(replacements.length).toBeGreaterThan(2);
      const goals = goalsOf(model, batch);
      const unchanged = backend.accumulate(batch, goals, NO_DROPOUT);
      backend.clearGradients();
      const replaced = backend.accumulate(batch, goals, NO_DROPOUT, replacements);
      const gradient = gradients(backend);
      backend.clearGradients();
      expect(backend.accumulate({ ...batch, tokens }, goals, NO_DROPOUT)).toEqual(replaced);
      expectSame(gradients(backend), gradient);
      expect(replaced).not.toEqual(unchanged);
    }
  });

  it('writes what it reads, of weights, gradients and moments', async () => {
    const backend = await train(tiny({ variant: 'ngram', embedding_size: 13 }), 'scalar');
    for (const kind of ['weight', 'gradient', 'first', 'second'] as const) {
      const written = backend.specs.map((spec, s) =>
        backend.read(spec, kind).map((_, i) => Math.fround(s + i / 1000 + kind.length)),
      );
      for (const [s, spec] of backend.specs.entries()) backend.write(spec, kind, written[s]!);
      expectSame(
        backend.specs.map((spec) => backend.read(spec, kind)),
        written,
      );
    }
  });

  it('takes no more memory after 1,000 batches of mixed sizes', async () => {
    const model = tiny({
      hidden_size: 8,
      num_attention_heads: 2,
      intermediate_size: 9,
      num_hidden_layers: 1,
    });
    const backend = await train(model, 'simd');
    const batches = [[50, 50, 50], [3], [1, 1, 20], [7, 2], [50]].map((lengths, seed) =>
      batchOf(model.config, lengths, seed),
    );
    const step = (i: number) => {
      const batch = batches[i % batches.length]!;
      backend.accumulate(batch, goalsOf(model, batch), { rate: 0.1, seed: i });
      backend.update({ learningRate: 1e-4, betas: [0.9, 0.99], epsilon: 1e-8, weightDecay: 0 }, [0.5, 0.5]);
      backend.clearGradients();
    };
    for (let i = 0; i < batches.length; i++) step(i);
    const bytes = backend.memoryBytes;
    for (let i = 0; i < 1000; i++) step(i);
    expect(backend.memoryBytes).toBe(bytes);
    expect(backend.specs.every((spec) => backend.read(spec, 'weight').every(Number.isFinite))).toBe(true);
  });

  it('after dispose() is an error, and the memory is given up', async () => {
    const model = tiny();
    for (const dispose of [
      (b: TrainingBackend) => b.dispose(),
      (b: TrainingBackend) => b.inference.dispose(),
    ]) {
      const backend = await train(model, tiers[0]!);
      const batch = batchOf(model.config, [5]);
      dispose(backend);
      expect(backend.memoryBytes).toBe(0);
      await failure(() => backend.accumulate(batch, goalsOf(model, batch), NO_DROPOUT), 'disposed');
      await failure(() => backend.read(backend.specs[0]!, 'weight'), 'disposed');
      await failure(() => backend.gradientNorm(), 'disposed');
    }
  });
});
