import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Trainer } from '../../src/train/trainer.ts';
import { describeTiers, difference, tinyModel } from '../helpers.ts';
import { tiny, train } from './tiny.ts';

type Pair = { decayed: number[]; plain: number[] };

interface Golden {
  optimizer: { betas: [number, number]; epsilon: number; weightDecay: number; clipNorm: number };
  initial: Pair;
  steps: { rate: number; gradients: Pair; norm: number; after: Pair }[];
}

describeTiers("AdamW's numbers", (tier) => {
  it("are PyTorch's over 20 steps, of what decays and what does not, clipped, at rates that change", async () => {
    const golden: Golden = JSON.parse(readFileSync(new URL('../golden/adamw.json', import.meta.url), 'utf8'));
    const { clipNorm, ...optimizer } = golden.optimizer;
    const backend = await train(tiny(), tier);
    const specs = {
      decayed: backend.specs.find(({ name }) => name === 'layers.1.intermediate.weight')!,
      plain: backend.specs.find(({ name }) => name === 'layers.1.attention.query.bias')!,
    };
    const kinds = ['decayed', 'plain'] as const;
    const write = (kind: 'weight' | 'gradient', numbers: Pair) => {
      for (const name of kinds) {
        const tensor = backend.read(specs[name], kind);
        tensor.set(numbers[name]);
        backend.write(specs[name], kind, tensor);
      }
    };
    write('weight', golden.initial);
    for (const [step, { rate, gradients, norm, after }] of golden.steps.entries()) {
      write('gradient', gradients);
      expect(backend.gradientNorm() / norm).toBeCloseTo(1, 6);
      if (norm > clipNorm) backend.scaleGradients(clipNorm / norm);
      const { betas } = optimizer;
      backend.update({ ...optimizer, learningRate: rate }, [betas[0] ** (step + 1), betas[1] ** (step + 1)]);
      for (const name of kinds) {
        const got = backend.read(specs[name], 'weight').subarray(0, after[name].length);
        expect(difference(got, after[name]), `${name}, step ${step}`).toBeLessThan(3e-7 * (step + 2));
      }
    }
  });
});

describe('the trainer', () => {
  const texts = ['a fine film', 'word1 word2 word3', 'no, it is not'];
  const labels = [0, 2, 1];

  it.each(['emb', 'pool', 'add', 'proj', 'ngram'])(
    'takes the steps that AdamW in float64 takes, clipped, at the rates of the schedule: %s',
    async (variant) => {
      const [learningRate, clipNorm, weightDecay, epsilon] = [0.02, 0.05, 0.1, 1e-8];
      const trainer = await Trainer.create({
        model: tinyModel({ variant, num_hidden_layers: 1 }),
        task: 'text-classification',
        tier: 'scalar',
        optimizer: { learningRate, betas: [0.8, 0.95], epsilon, weightDecay },
        schedule: { kind: 'linear', steps: 8, warmup: 2 },
        clipNorm,
      });
      onTestFinished(() => trainer.dispose());
      const rates = [0, 0.5, 1, 5 / 6, 4 / 6, 3 / 6].map((factor) => factor * learningRate);
      const trained = new Set(Object.keys(await trainer.gradients()));
      const start = await trainer.parameters();
      const state = new Map(
        Object.entries(start).map(([name, { data }]) => [
          name,
          {
            weight: Float64Array.from(data),
            m: new Float64Array(data.length),
            v: new Float64Array(data.length),
          },
        ]),
      );
      // What no loss reaches stays as it is.
      const unused = [...trained].filter((name) => /^(token_classifier|signature)\./.test(name));
      for (const [step, rate] of rates.entries()) {
        await trainer.backward({ texts, labels });
        const gradients = Object.entries(await trainer.gradients());
        const norm = Math.sqrt(
          gradients.reduce((sum, [, { data }]) => sum + data.reduce((s, g) => s + g * g, 0), 0),
        );
        const update = await trainer.update();
        expect(update.learningRate).toBeCloseTo(rate, 12);
        expect(update.gradientNorm / norm).toBeCloseTo(1, 6);
        expect(norm).toBeGreaterThan(clipNorm);
        for (const [name, { data }] of gradients) {
          if (unused.includes(name)) continue;
          const decay = /bias$|LayerNorm/.test(name) ? 0 : weightDecay;
          const { weight, m, v } = state.get(name)!;
          for (const [i, raw] of data.entries()) {
            const g = (raw * clipNorm) / norm;
            m[i] = 0.8 * m[i]! + 0.2 * g;
            v[i] = 0.95 * v[i]! + 0.05 * g * g;
            const mean = m[i]! / (1 - 0.8 ** (step + 1));
            const deviation = Math.sqrt(v[i]! / (1 - 0.95 ** (step + 1)));
            weight[i] = weight[i]! * (1 - rate * decay) - (rate * mean) / (deviation + epsilon);
          }
        }
      }
      const cleared = await trainer.gradients();
      expect(Object.values(cleared).every(({ data }) => data.every((g) => g === 0))).toBe(true);
      for (const [name, { data }] of Object.entries(await trainer.parameters())) {
        expect(difference(data, state.get(name)!.weight), name).toBeLessThan(1e-6);
        if (unused.includes(name)) expect(data).toEqual(start[name]!.data);
      }
    },
  );
});
