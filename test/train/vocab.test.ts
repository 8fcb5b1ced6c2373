import { describe, expect, it } from 'vitest';
import type { Tier } from '../../src/runtime/tier.ts';
import { Trainer } from '../../src/train/trainer.ts';
import { describeTiers, numbersOf, tinyModel, wordPieces } from '../helpers.ts';

const TEXTS: [string, string][] = [
  ['a man is eating', 'nobody eats'],
  ['no food', 'an old house and a man'],
];

/** Loss of a tiny model with a vocabulary, with one number of a tensor moved, and its gradients. */
async function lossOf(tier: Tier, tensor: string, at: number, step: number) {
  const fields = { variant: 'vocab', num_hidden_layers: 1 };
  const files = tinyModel(fields, {
    change: (tensors) => {
      numbersOf(tensors.get(tensor)!)[at]! += step;
    },
  });
  const trainer = await Trainer.create({ model: files, task: 'text-classification', tier });
  const { loss } = await trainer.backward({ texts: TEXTS, labels: [2, 0] });
  const gradients = await trainer.gradients();
  trainer.dispose();
  return { loss, gradients };
}

describeTiers('training a model with a vocabulary', (tier) => {
  it.each([
    ['embedding.vocabulary', 'roberta.embeddings.word_embeddings.weight'],
    ['embedding.position', 'roberta.embeddings.position_embeddings.weight'],
    ['embedding.type', 'roberta.embeddings.token_type_embeddings.weight'],
  ])('gives %s the gradient that differences of the loss have', async (ours, name) => {
    const { gradients } = await lossOf(tier, ours, 0, 0);
    const { data } = gradients[name]!;
    // Those with the largest gradients, so that rounding of float32 losses does not matter.
    const largest = [...data.keys()].sort((a, b) => Math.abs(data[b]!) - Math.abs(data[a]!)).slice(0, 4);
    for (const at of largest) {
      const step = 2 ** -6;
      const [up, down] = [await lossOf(tier, ours, at, step), await lossOf(tier, ours, at, -step)];
      const slope = (up.loss - down.loss) / (2 * step);
      expect(Math.abs(slope - data[at]!)).toBeLessThan(0.02 * Math.abs(data[at]!) + 1e-4);
    }
  });
});

describe('a trained model with a vocabulary', () => {
  it('learns, and is saved with its tokenizer.json', async () => {
    const files = tinyModel({ variant: 'vocab' });
    const trainer = await Trainer.create({
      model: files,
      task: 'text-classification',
      optimizer: { learningRate: 1e-3 },
    });
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) {
      losses.push((await trainer.backward({ texts: TEXTS, labels: [2, 0] })).loss);
      await trainer.update();
    }
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
    expect((await trainer.model.save()).tokenizer).toEqual(wordPieces);
    expect((await trainer.model.tokenize(TEXTS[0]!)).types).toContain(1);
    trainer.dispose();
  });
});
