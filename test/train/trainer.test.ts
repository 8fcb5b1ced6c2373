import { describe, expect, it, onTestFinished } from 'vitest';
import { HashFormer } from '../../src/model/hashformer.ts';
import { Trainer, type TrainerOptions } from '../../src/train/trainer.ts';
import {
  describeTiers,
  differingBits,
  type Files,
  failure,
  numbersOf as stored,
  tinyModel,
  VARIANTS,
} from '../helpers.ts';

const TEXTS = ['a fine film', '', 'word1 word2 word3 word4', 'no, it is not'];
const CLASSES = [0, 2, 1, 2];
const ONE_LAYER = { num_hidden_layers: 1 };

/** `ngram` with a projection, which has no bias. */
const fieldsOf = (variant: string) => ({
  ...ONE_LAYER,
  variant,
  ...(variant === 'ngram' && { embedding_size: 13 }),
});

async function create(options: Partial<TrainerOptions> = {}): Promise<Trainer> {
  const trainer = await Trainer.create({
    model: tinyModel(ONE_LAYER),
    task: 'text-classification',
    ...options,
  });
  onTestFinished(() => trainer.dispose());
  return trainer;
}

async function weights(trainer: Trainer): Promise<Float32Array> {
  const tensors = Object.values(await trainer.parameters());
  return Float32Array.from(tensors.flatMap(({ data }) => [...data]));
}

/** The weights after 20 steps. */
async function learn(options: Partial<TrainerOptions>): Promise<Float32Array> {
  const trainer = await create({ dropout: 0.1, ...options });
  for (let step = 0; step < 20; step++) {
    const { loss } = await trainer.backward({ texts: TEXTS, labels: CLASSES });
    expect(loss).toBeGreaterThan(0);
    await trainer.update();
  }
  return weights(trainer);
}

describe('twenty steps', () => {
  it.each(VARIANTS)(
    'give the same bits for the same seed, on simd and scalar, others for another: %s',
    async (variant) => {
      const model = tinyModel(fieldsOf(variant));
      const first = await learn({ model, tier: 'simd', seed: 3 });
      expect(first.every(Number.isFinite)).toBe(true);
      expect(differingBits(await learn({ model, tier: 'simd', seed: 3 }), first)).toBe(0);
      expect(differingBits(await learn({ model, tier: 'scalar', seed: 3 }), first)).toBe(0);
      expect(differingBits(await learn({ model, tier: 'simd', seed: 3, recompute: true }), first)).toBe(0);
      expect(differingBits(await learn({ model, tier: 'simd', seed: 4 }), first)).toBeGreaterThan(1000);
    },
  );

  it.each([
    ['text-classification', [0, 2, 1, 2]],
    [
      'multi-label-classification',
      [
        [0, 1, 1],
        [0, 0, 0],
        [1, 1, 1],
        [1, 0, 0],
      ],
    ],
    ['regression', [0.5, -1, 2, 0]],
    [
      'token-classification',
      [
        [-100, 0, 1, 2, -100],
        [-100, -100],
        [-100, 1, 1, 1, 1, -100],
        [-100, 0, 0, 1, 0, 1, -100],
      ],
    ],
  ] as const)('lower the loss of %s to nearly nothing', async (task, labels) => {
    const trainer = await create({ task, optimizer: { learningRate: 0.01 } });
    const losses: number[] = [];
    for (let step = 0; step < 60; step++) {
      losses.push((await trainer.backward({ texts: TEXTS, labels })).loss);
      await trainer.update();
    }
    expect(losses.at(-1)!).toBeLessThan(Math.min(0.1, losses[0]! / 10));
  });
});

describeTiers("the trainer's model", (tier) => {
  it.each(VARIANTS)('has the new weights at once, without dropout, and saves them: %s', async (variant) => {
    const source = tinyModel(fieldsOf(variant));
    const trainer = await create({ model: source, tier, dropout: 0.5, optimizer: { learningRate: 0.01 } });
    const logits = async (model: HashFormer) => (await model.logits(TEXTS)).data;
    const loaded = async (files: Files) => {
      const model = await HashFormer.load(files, { tier });
      onTestFinished(() => model.dispose());
      return logits(model);
    };
    expect(differingBits(await logits(trainer.model), await loaded(source))).toBe(0);
    const before = await logits(trainer.model);
    await trainer.backward({ texts: TEXTS, labels: CLASSES });
    // Between the passes and the update the model answers, and disturbs nothing.
    expect(differingBits(await logits(trainer.model), before)).toBe(0);
    await trainer.update();
    const after = await logits(trainer.model);
    expect(differingBits(after, before)).toBe(after.length);
    expect(differingBits(await logits(trainer.model), after)).toBe(0);
    for (const layout of ['hashformer', 'reference'] as const) {
      const saved = await trainer.model.save(undefined, { layout });
      expect(differingBits(await loaded(saved as unknown as Files), after)).toBe(0);
    }
  });
});

describe('what a trainer begins with', () => {
  it('a fresh head, drawn by the seed, where the model has none or where the labels make it another', async () => {
    const headless = tinyModel(ONE_LAYER, {
      change: (tensors) => {
        for (const name of tensors.keys()) if (name.startsWith('classifier.')) tensors.delete(name);
      },
    });
    const head = async (options: Partial<TrainerOptions>) => {
      const parameters = await (await create(options)).parameters();
      return parameters['classifier.out_proj.weight']!;
    };
    const first = await head({ model: headless, seed: 5 });
    expect(first.shape).toEqual([3, 30]);
    const deviation = Math.sqrt(first.data.reduce((sum, x) => sum + x * x, 0) / first.data.length);
    expect(deviation).toBeGreaterThan(0.015);
    expect(deviation).toBeLessThan(0.025);
    expect(await head({ model: headless, seed: 5 })).toEqual(first);
    expect(await head({ model: headless, seed: 6 })).not.toEqual(first);

    const four = await create({ labels: ['a', 'b', 'c', 'd'], seed: 5 });
    expect((await four.parameters())['classifier.out_proj.weight']!.shape).toEqual([4, 30]);
    expect(four.model.labels).toEqual(['a', 'b', 'c', 'd']);
    const kept = await head({ labels: ['x', 'y', 'z'], seed: 5 });
    expect(kept).toEqual(await head({}));
    expect(kept).not.toEqual(first);
  });

  it.each(['int8', 'f16', 'bf16'] as const)('the weights that %s stands for', async (dtype) => {
    const model = tinyModel({ ...ONE_LAYER, variant: 'pool' }, { dtype });
    const reference = await HashFormer.load(model, { backend: 'reference' });
    onTestFinished(() => reference.dispose());
    const trainer = await create({ model, tier: 'simd' });
    const [{ data: exact }, { data: got }] = [
      await reference.logits(TEXTS),
      await trainer.model.logits(TEXTS),
    ];
    expect(Math.max(...got.map((x, i) => Math.abs(x - exact[i]!)))).toBeLessThan(1e-5);
    const { loss } = await trainer.backward({ texts: TEXTS, labels: CLASSES });
    await trainer.update();
    expect((await trainer.backward({ texts: TEXTS, labels: CLASSES })).loss).toBeLessThan(loss);
  });

  it('its labels by index or by name', async () => {
    const trainer = await create({ labels: ['bad', 'fair', 'good'] });
    const { loss } = await trainer.backward({ texts: TEXTS, labels: CLASSES });
    expect((await trainer.backward({ texts: TEXTS, labels: ['bad', 'good', 'fair', 'good'] })).loss).toBe(
      loss,
    );
  });
});

/** A list without its second item: every() and map() pass over the hole. */
function holed(list: unknown[]): unknown[] {
  delete list[1];
  return list;
}

describe('wrong input is an error that says what was expected', () => {
  const OPTIONS: [string, Record<string, unknown>, RegExp][] = [
    ['an unknown task', { task: 'classify' }, /"task" must be one of "text-classification"/],
    ['no task', { task: undefined }, /"task" must be one of/],
    ['an unknown tier', { tier: 'fast' }, /"tier"/],
    ['a seed that is no integer', { seed: 1.5 }, /"seed".*whole number.*1\.5/],
    ['a negative seed', { seed: -1 }, /"seed"/],
    ['dropout 1', { dropout: 1 }, /"dropout".*below 1, but is 1/],
    ['dropout NaN', { dropout: Number.NaN }, /"dropout".*NaN/],
    ['dropout of a string', { dropout: '0.1' }, /"dropout"/],
    ['clipNorm 0', { clipNorm: 0 }, /"clipNorm".*above 0/],
    ['recompute 1', { recompute: 1 }, /"recompute".*true or false/],
    ['an optimizer that is none', { optimizer: 'adam' }, /object/],
    ['a negative rate', { optimizer: { learningRate: -1 } }, /learning rate/],
    ['a rate NaN', { optimizer: { learningRate: Number.NaN } }, /learning rate.*NaN/],
    ['beta 1', { optimizer: { betas: [0.9, 1] } }, /beta.*below 1/],
    ['one beta', { optimizer: { betas: [0.9] } }, /betas must be two numbers/],
    ['epsilon 0', { optimizer: { epsilon: 0 } }, /epsilon/],
    ['a schedule that is a word', { schedule: 'linear' }, /object/],
    ['an unknown schedule', { schedule: { kind: 'step', steps: 10 } }, /kind of the schedule.*"constant"/],
    ['a schedule without steps', { schedule: { kind: 'linear' } }, /steps of the schedule.*whole number/],
    ['a warm-up longer than all', { schedule: { kind: 'linear', steps: 5, warmup: 6 } }, /warm-up.*up to 5/],
    ['no cycles', { schedule: { kind: 'cosine', steps: 5, cycles: 0 } }, /cycles.*above 0/],
    ['no labels', { labels: [] }, /"labels".*one name or more/],
    ['labels that are numbers', { labels: [1, 2] }, /"labels".*list/],
    ['labels that are a word', { labels: 'good' }, /"labels".*list.*"good"/],
    ['a label twice', { labels: ['a', 'b', 'a'] }, /"a" twice/],
    ['a label left out', { labels: holed(['a', 'b', 'c']) }, /"labels"/],
  ];
  it.each(OPTIONS)('Trainer.create() with %s', async (_, options, message) => {
    const given = { model: tinyModel(ONE_LAYER), task: 'text-classification', ...options };
    const { message: got } = await failure(() => Trainer.create(given as TrainerOptions), 'argument');
    expect(got).toMatch(message);
  });

  it('Trainer.create() without options, or with a dropout in config.json that is none', async () => {
    for (const options of [undefined, null, 'model', {}])
      await failure(() => Trainer.create(options as unknown as TrainerOptions), 'argument');
    for (const hidden_dropout_prob of [1, -0.5]) {
      const model = tinyModel({ ...ONE_LAYER, hidden_dropout_prob });
      const { message } = await failure(() => Trainer.create({ model, task: 'regression' }), 'config');
      expect(message).toMatch(/hidden_dropout_prob.*below 1/);
      (await Trainer.create({ model, task: 'regression', dropout: 0 })).dispose();
    }
  });

  const two = ['one', 'two words'];
  const BATCHES: [string, TrainerOptions['task'], unknown, RegExp][] = [
    ['nothing', 'text-classification', undefined, /texts/],
    ['a string', 'text-classification', 'text', /options|texts/],
    ['no texts', 'text-classification', { labels: [] }, /texts/],
    [
      'an empty list',
      'text-classification',
      { texts: [], labels: [] },
      /nothing to learn: there are no texts/,
    ],
    ['a text that is a number', 'text-classification', { texts: ['a', 1], labels: [0, 1] }, /Text 1/],
    ['no labels', 'text-classification', { texts: two }, /one label a text.*2 texts/],
    ['too few labels', 'text-classification', { texts: two, labels: [0] }, /2 texts and 1 labels/],
    ['too many labels', 'text-classification', { texts: two, labels: [0, 1, 2] }, /2 texts and 3 labels/],
    ['a label out of range', 'text-classification', { texts: two, labels: [0, 3] }, /text 1.*below 3.*is 3/],
    ['a negative label', 'text-classification', { texts: two, labels: [-1, 0] }, /text 0.*is -1/],
    ['half a label', 'text-classification', { texts: two, labels: [0, 0.5] }, /text 1.*is 0\.5/],
    ['a label NaN', 'text-classification', { texts: two, labels: [0, Number.NaN] }, /text 1.*NaN/],
    [
      'an unknown name',
      'text-classification',
      { texts: two, labels: ['LABEL_0', 'good'] },
      /text 1.*"LABEL_0".*"good"/,
    ],
    ['a hole', 'text-classification', { texts: two, labels: holed([0, 1]) }, /text 1/],
    ['a list', 'text-classification', { texts: two, labels: [[0], [1]] }, /text 0/],
    ['a score NaN', 'regression', { texts: two, labels: [1, Number.NaN] }, /text 1.*finite.*NaN/],
    [
      'a score without an end',
      'regression',
      { texts: two, labels: [Number.POSITIVE_INFINITY, 0] },
      /text 0.*finite/,
    ],
    ['a score beyond float32', 'regression', { texts: two, labels: [0, 1e39] }, /text 1.*finite/],
    ['a score in words', 'regression', { texts: two, labels: [0, '1'] }, /text 1.*finite/],
    ['two scores', 'regression', { texts: two, labels: [[1], [1, 2]] }, /text 1.*finite/],
    [
      'a label for a list',
      'multilabel',
      { texts: two, labels: [[0, 1, 0], 1] },
      /text 1.*3 numbers from 0 to 1/,
    ],
    [
      'a list too short',
      'multilabel',
      {
        texts: two,
        labels: [
          [0, 1, 0],
          [1, 0],
        ],
      },
      /text 1/,
    ],
    [
      'a list with a hole',
      'multilabel',
      {
        texts: two,
        labels: [[0, 1, 0], holed([1, 0, 0])],
      },
      /text 1/,
    ],
    [
      'a share above 1',
      'multilabel',
      {
        texts: two,
        labels: [
          [0, 1, 0],
          [1, 2, 0],
        ],
      },
      /text 1/,
    ],
    [
      'token labels too few',
      'token-classification',
      {
        texts: two,
        labels: [
          [-100, 0, -100],
          [0, 0],
        ],
      },
      /text 1.*4 whole numbers/,
    ],
    [
      'a token label out of range',
      'token-classification',
      {
        texts: two,
        labels: [
          [0, 3, 0],
          [0, 0, 0, 0],
        ],
      },
      /text 0.*below 3/,
    ],
    [
      'a token label left out',
      'token-classification',
      {
        texts: two,
        labels: [holed([0, 0, 0]), [0, 0, 0, 0]],
      },
      /text 0/,
    ],
    ['a token label a text', 'token-classification', { texts: two, labels: [0, 1] }, /text 0/],
    [
      'only labels that do not count',
      'token-classification',
      { texts: ['one'], labels: [[-100, -100, -100]] },
      /nothing to learn: no label counts/,
    ],
  ];
  it.each(BATCHES)('backward() with %s, %s', async (_, task, batch, message) => {
    const trainer = await create({ task });
    const before = await trainer.gradients();
    const { message: got } = await failure(() => trainer.backward(batch as never), 'argument');
    expect(got).toMatch(message);
    expect(await trainer.gradients()).toEqual(before);
  });

  it('gradients that are not finite: the weights stay, and training goes on', async () => {
    const trainer = await create({ task: 'regression', dropout: 0 });
    const before = await weights(trainer);
    const huge = { texts: ['a', 'b'], labels: [3e38, -3e38] };
    const ordinary = { texts: ['a', 'b'], labels: [1, 2] };
    const { loss } = await trainer.backward(ordinary);
    // The loss is summed in float64 and finite; the gradients are not.
    await trainer.backward(huge);
    const { message } = await failure(() => trainer.update(), 'numeric');
    expect(message).toMatch(/gradients are not finite at step 1.*learning rate/);
    expect(differingBits(await weights(trainer), before)).toBe(0);
    expect((await trainer.backward(ordinary)).loss).toBe(loss);
    await trainer.update();
    expect((await weights(trainer)).every(Number.isFinite)).toBe(true);
  });

  it('weights that are not finite, or too large', async () => {
    const model = tinyModel(ONE_LAYER, {
      change: (tensors) => stored(tensors.get('layers.0.output.weight')!).fill(Number.NaN),
    });
    await failure(() => Trainer.create({ model, task: 'regression' }), 'weights');
    const large = tinyModel(ONE_LAYER, {
      change: (tensors) => stored(tensors.get('classifier.output.weight')!).fill(3e38),
    });
    const trainer = await create({ model: large });
    const { message } = await failure(() => trainer.backward({ texts: TEXTS, labels: CLASSES }), 'numeric');
    expect(message).toMatch(/loss is not finite at step 1.*learning rate/);
    expect(Object.values(await trainer.gradients()).every(({ data }) => data.every((g) => g === 0))).toBe(
      true,
    );
  });

  it('every call of a trainer that was disposed of, or whose model was', async () => {
    for (const dispose of [(t: Trainer) => t.dispose(), (t: Trainer) => t.model.dispose()]) {
      const trainer = await create();
      const waiting = failure(() => trainer.backward({ texts: TEXTS, labels: CLASSES }), 'disposed');
      dispose(trainer);
      await waiting;
      expect(trainer.memoryBytes).toBe(0);
      await failure(() => trainer.backward({ texts: TEXTS, labels: CLASSES }), 'disposed');
      await failure(() => trainer.gradients(), 'disposed');
      await failure(() => trainer.parameters(), 'disposed');
      await failure(() => trainer.update(), 'disposed');
      await failure(() => trainer.model.logits(['a']), 'disposed');
      trainer.dispose();
    }
  });
});
