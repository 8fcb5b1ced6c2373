import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Variant } from '../../src/architecture/variants.ts';
import { HashFormer } from '../../src/model/hashformer.ts';
import { Random } from '../../src/train/numeric/random.ts';
import { OBJECTIVE_NAMES } from '../../src/train/objective/objectives.ts';
import { type PretrainOptions, pretrain } from '../../src/train/pretrain.ts';
import type { EvaluationEvent, StartEvent, StepEvent, TrainingEvent } from '../../src/train/report/events.ts';
import { Trainer } from '../../src/train/trainer.ts';
import { emptyFolder, failure, tinyConfig, VARIANTS, wordPieces } from '../helpers.ts';

/** Sentences that say the same things again and again, so that there is something to learn. */
function someTexts(count: number, seed = 1): string[] {
  const random = new Random(seed);
  const pick = (words: string) => words.split(' ')[random.integer(words.split(' ').length)]!;
  return Array.from({ length: count }, () => {
    const [who, what] = [pick('cat dog bird fish'), pick('old young small')];
    return `The ${what} ${who} sees the ${pick('house tree river')} and then the ${who} ${pick('runs sleeps')} near it.`;
  });
}
const texts = someTexts(400);

/** A model of 30 numbers with fresh weights. */
async function fresh(variant: Variant = 'ngram') {
  const fields = { variant, max_position_embeddings: 36, hash_keys: ['k'], tokenizer: 'unicode' };
  const tokenizer = variant === 'vocab' ? { tokenizer: wordPieces } : {};
  const model = await HashFormer.init(tinyConfig(fields), 1, tokenizer);
  const saved = await model.save();
  model.dispose();
  return saved;
}

type Options = { [K in keyof PretrainOptions]?: PretrainOptions[K] | undefined };

/** Runs to the end; gives what was told, and the weights of the model. */
async function train(options: Options) {
  const events: TrainingEvent[] = [];
  const result = await pretrain({
    data: { texts },
    model: await fresh(),
    batchSize: 8,
    steps: 12,
    optimizer: { learningRate: 3e-3 },
    onEvent: (event) => events.push(event),
    ...(options as Partial<PretrainOptions>),
  });
  const { weights, config } = await result.model.save();
  result.model.dispose();
  const of = <T extends TrainingEvent>(type: T['type']) =>
    events.filter((event) => event.type === type) as T[];
  return { ...result, weights: Buffer.from(weights).toString('base64'), config, of };
}

describe.each(VARIANTS)('pre-training %s', (variant) => {
  it('lowers the loss on text that is held out, by every objective', async () => {
    for (const objective of OBJECTIVE_NAMES) {
      const model = await fresh(variant);
      const { of } = await train({ objective, model, steps: 60, evaluateEvery: 30, dropout: 0 });
      const steps = of<StepEvent>('step').map(({ loss }) => loss);
      const mean = (losses: number[]) => losses.reduce((a, b) => a + b) / losses.length;
      expect(mean(steps.slice(-5)), objective).toBeLessThan(0.95 * mean(steps.slice(0, 3)));
      const [first, last] = of<EvaluationEvent>('evaluation').map(({ metrics }) => metrics);
      expect(last!.loss, objective).toBeLessThan(first!.loss!);
      if (objective !== 'shuffled-random') expect(last!.bit_accuracy).toBeGreaterThan(0.6);
      if (objective !== 'signature') expect(last!.accuracy_unchanged).toBeGreaterThan(0.9);
    }
  });
});

describe('a run', () => {
  it('begins at the losses of guessing', async () => {
    const { of } = await train({ objective: 'signature', steps: 1 });
    expect(of<StepEvent>('step')[0]!.loss).toBeCloseTo(Math.log(2), 1);
    const three = await train({ objective: 'shuffled-random', steps: 1 });
    expect(three.of<StepEvent>('step')[0]!.loss).toBeCloseTo(Math.log(3), 0);
  });

  it('has the same weights for the same seed, with one worker and with two, and others for another seed', async () => {
    const options = { objective: 'both', steps: 4 } as const;
    const [one, again, other] = [
      await train(options),
      await train(options),
      await train({ ...options, seed: 2 }),
    ];
    expect(again.weights).toBe(one.weights);
    expect(other.weights).not.toBe(one.weights);
    const two = await train({ ...options, workers: 2 });
    const twoAgain = await train({ ...options, workers: 2 });
    expect(twoAgain.weights).toBe(two.weights);
    const losses = (run: typeof one) => run.of<StepEvent>('step').map(({ loss }) => loss);
    // Dropout differs by worker; the tokens that count and their corruption do not.
    const still = { ...options, dropout: 0 };
    const [alone, together] = [losses(await train(still)), losses(await train({ ...still, workers: 2 }))];
    for (const [i, loss] of alone.entries()) expect(together[i]).toBeCloseTo(loss, 4);
  });

  it('goes on after a stop in the middle of an epoch with the weights of an unbroken one', async () => {
    const data = { texts: texts.slice(0, 150) };
    const options: Options = { data, objective: 'both', steps: 24, evaluateEvery: 5 };
    const whole = await train({ ...options, out: await emptyFolder() });
    const steps = whole.of<StepEvent>('step');
    expect(steps.at(-1)!.epoch).toBeGreaterThan(2);
    const out = await emptyFolder();
    for (const stopAt of [3, 13]) {
      const abort = new AbortController();
      const onEvent = (event: TrainingEvent) => {
        if (event.type === 'step' && event.step === stopAt) abort.abort();
      };
      const { reason } = await train({ ...options, out, resume: true, signal: abort.signal, onEvent });
      expect(reason).toBe('interrupted');
    }
    const resumed = await train({ ...options, out, resume: true });
    expect(resumed.weights).toBe(whole.weights);
    const losses = (events: StepEvent[]) => events.map(({ step, loss }) => [step, loss]);
    const rest = losses(resumed.of<StepEvent>('step'));
    expect(rest).toEqual(losses(steps).slice(-rest.length));
    await failure(() => train({ ...options, out, resume: true, data: { texts } }), 'argument');
    await failure(() => train({ ...options, out }), 'argument');
  });

  it('writes a model that loads, answers and can be fine-tuned, its new heads in the file', async () => {
    const out = await emptyFolder();
    await train({ objective: 'both', steps: 4, evaluateEvery: 2, out });
    for (const kind of ['last', 'best']) {
      const model = await HashFormer.load(join(out, kind));
      const { shape } = await model.tokenLogits(['the old cat']);
      expect(shape).toEqual([5, 3]);
      expect(model.config.token_labels).toEqual(['unchanged', 'shuffled', 'random']);
      expect((await model.sentences(['the old cat'])).data.every(Number.isFinite)).toBe(true);
      model.dispose();
    }
    const trainer = await Trainer.create({ model: join(out, 'last'), task: 'text-classification' });
    expect((await trainer.backward({ texts: ['a'], labels: [1] })).loss).toBeGreaterThan(0);
    trainer.dispose();
    const again = await train({ model: join(out, 'last'), objective: 'signature', steps: 2 });
    expect(again.steps).toBe(2);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('bit_accuracy');
  });

  it('counts epochs in steps, and steps by sequences or tokens', async () => {
    const { of } = await train({ steps: undefined, epochs: 2, batchSize: 16 });
    const steps = of<StepEvent>('step');
    expect(steps.at(-1)!.epoch).toBeGreaterThan(1.9);
    expect(steps.at(-1)!.epoch).toBeLessThan(2.3);
    const { tokens } = (await train({ batchSize: undefined, batchTokens: 350, steps: 1 })).of<StepEvent>(
      'step',
    )[0]!;
    expect(tokens).toBeGreaterThan(200);
    expect(tokens).toBeLessThanOrEqual(350);
  });

  it('packs up to a length of its own, which the model keeps', async () => {
    const { of, config } = await train({ maxLength: 20, batchSize: 10, steps: 1 });
    expect(of<StepEvent>('step')[0]!.tokens).toBeLessThanOrEqual(200);
    expect(config.max_length).toBe(20);
  });

  it('trains a preset from nothing, and tells what it trains on', async () => {
    const { of } = await train({ model: undefined, preset: 'tiny', variant: 'pool', steps: 1 });
    const [{ data, run, parameters }] = of<StartEvent>('start') as [StartEvent];
    expect(run).toBe('pretrain');
    expect(parameters).toBeGreaterThan(500_000);
    expect(data!.join(' ')).toMatch(/corpus: 400 paragraphs.*dev: 1 passages.*commoner value/);
  });

  it('holds nothing out where it is told so, or where there is but one passage', async () => {
    for (const options of [{ holdOut: 0 }, { data: { texts: texts.slice(0, 20) } }]) {
      const { of, best } = await train({ ...options, steps: 2 });
      expect(of('evaluation')).toEqual([]);
      expect(best).toBeNull();
      expect(of<StartEvent>('start')[0]!.notes.join()).toContain('Nothing is held out');
    }
  });

  it('reads a file as it reads texts', async () => {
    const file = join(await emptyFolder(), 'corpus.txt');
    await writeFile(file, `${texts.join('\n')}\n\n`);
    const options = { steps: 2, objective: 'both' } as const;
    expect((await train({ ...options, data: file })).weights).toBe((await train(options)).weights);
  });
});

describe('what cannot be trained on', () => {
  it.each<[string, Options, 'argument' | 'source' | 'tokenizer']>([
    ['no such file', { data: '/nowhere/corpus.txt' }, 'source'],
    ['blank texts', { data: { texts: ['', ' '] } }, 'source'],
    ['texts without a token', { data: { texts: ['\x1c\x1d'] } }, 'source'],
    ['no data', { data: [] }, 'argument'],
    ['pairs', { data: { texts: [['a', 'b']] as never } }, 'argument'],
    ['an unknown objective', { objective: 'mlm' as never }, 'argument'],
    ['an unknown preset', { model: undefined, preset: 'huge' as never }, 'argument'],
    ['a preset of a model', { preset: 'tiny' }, 'argument'],
    ['steps and epochs', { epochs: 1 }, 'argument'],
    ['no steps', { steps: 0 }, 'argument'],
    ['two sizes of a batch', { batchTokens: 100 }, 'argument'],
    ['all held out', { holdOut: 1 }, 'argument'],
    ['a length that positions lack', { maxLength: 1000 }, 'argument'],
    ['a vocabulary without a tokenizer', { model: undefined, variant: 'vocab' }, 'tokenizer'],
  ])('%s', async (_, options, code) => {
    await failure(() => train(options), code);
  });

  it('a vocabulary that has nothing to hide tokens with', async () => {
    const { model } = wordPieces as { model: { vocab: Record<string, number> } };
    const { '[MASK]': _, ...vocab } = model.vocab;
    const added = (wordPieces as { added_tokens: { content: string }[] }).added_tokens;
    const tokenizer = {
      ...wordPieces,
      model: { ...model, vocab },
      added_tokens: added.filter(({ content }) => content !== '[MASK]'),
    };
    const options = { model: { ...(await fresh('vocab')), tokenizer } };
    expect((await failure(() => train(options), 'tokenizer')).message).toContain('[MASK]');
  });
});
