import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HashFormer, pipeline, type Text } from '../../src/index.ts';
import { Trainer } from '../../src/train/trainer.ts';
import { hashformer, rowsOf } from '../cli/run.ts';
import { differingBits, emptyFolder, failure } from '../helpers.ts';
import { itUnless } from '../needs.ts';
import { targets } from '../tiers.ts';

/** Largest difference from Transformers' DistilBERT under PyTorch; see ../golden/distilbert/README.md. */
const TOLERANCE = 5e-5;
/** What int8 makes of these logits, which are below 1. */
const INT8_TOLERANCE = 0.02;
const root = new URL('../golden/distilbert/', import.meta.url);
const FOLDER = new URL('classification', root).pathname;

interface Case {
  input: Text;
  ids: number[];
  hidden: number[];
  logits?: number[];
}

const read = (name: string) => JSON.parse(readFileSync(new URL(name, root), 'utf8'));
const tokenizer = read('classification/tokenizer.json') as object;
const cases = read('classification/expected.json') as Case[];
const TEXTS = cases.map(({ input }) => input);

function source(name: string, fields: object = {}) {
  const weights = new Uint8Array(readFileSync(new URL(`${name}/model.safetensors`, root)));
  return { config: { ...read(`${name}/config.json`), ...fields }, weights, tokenizer };
}

function worst(got: Float32Array, expected: readonly number[]): number {
  expect(got.length).toBe(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i]!)), 0);
}

async function expectLogits(model: HashFormer, tolerance: number): Promise<void> {
  const { data } = await model.logits(TEXTS);
  expect(
    worst(
      data,
      cases.flatMap(({ logits }) => logits!),
    ),
  ).toBeLessThan(tolerance);
}

describe.each(targets)('DistilBERT on $name', ({ options, missing }) => {
  it.for(['encoder', 'classification', 'token'])(
    'gives the hidden states and logits of %s',
    async (name, context) => {
      context.skip(missing !== '', missing);
      const model = await HashFormer.load(source(name), options);
      for (const { input, ids, hidden, logits } of read(`${name}/expected.json`) as Case[]) {
        expect((await model.tokenize(input)).ids).toEqual(ids);
        expect(worst((await model.encode([input])).data, hidden)).toBeLessThan(TOLERANCE);
        if (name === 'classification')
          expect(worst((await model.logits([input])).data, logits!)).toBeLessThan(TOLERANCE);
      }
      model.dispose();
    },
  );

  itUnless(missing, 'keeps them in every type, after save() and load()', async () => {
    const model = await HashFormer.load(FOLDER, options);
    await expectLogits(model, TOLERANCE);
    for (const layout of ['reference', 'hashformer'] as const) {
      for (const [dtype, tolerance] of [
        ['f32', TOLERANCE],
        ['f16', 2e-3],
        ['int8', INT8_TOLERANCE],
      ] as const) {
        const saved = await HashFormer.load(await model.save(undefined, { layout, dtype }), options);
        expect(saved.config).toEqual(model.config);
        await expectLogits(saved, tolerance);
        saved.dispose();
      }
    }
    model.dispose();
  });
});

describe('a DistilBERT', () => {
  it('has no classification head where its classifier is one of tokens or of choices', async () => {
    for (const files of [
      source('token'),
      source('classification', { architectures: ['DistilBertForMultipleChoice'] }),
    ]) {
      const model = await HashFormer.load(files);
      expect(model.skipped).toContain('classifier.weight');
      await failure(() => model.logits(['a']), 'missing');
      await failure(() => model.tokenLogits(['a']), 'missing');
      model.dispose();
    }
  });

  it.each<[string, unknown]>([
    ['activation', 'relu'],
    ['activation', 'gelu_new'],
    ['pruned_heads', { 0: [1] }],
  ])('is refused with a sentence: %s = %o', async (field, value) => {
    const error = await failure(
      () => HashFormer.load(source('classification', { [field]: value })),
      'config',
    );
    expect(error.message).toContain(`"${field}"`);
  });

  it('has the sizes that Transformers gives it', async () => {
    const { readConfig } = await import('../../src/model/read-config.ts');
    expect(await readConfig({ model_type: 'distilbert' })).toMatchObject({
      vocab_size: 30522,
      hidden_size: 768,
      num_hidden_layers: 6,
      num_attention_heads: 12,
      intermediate_size: 3072,
      max_length: 512,
      type_vocab_size: 0,
      layer_norm_eps: 1e-12,
      hidden_dropout_prob: 0.1,
      architecture: { head_activation: 'relu', head_dropout: 'state' },
    });
  });

  it('classifies by the command line, also converted', async () => {
    const text = 'a gorgeous, witty, seductive movie';
    const [best] = await (await pipeline('text-classification', FOLDER))(text);
    const classify = (folder: string) => rowsOf(['classify', '--model', folder, text]);
    expect(await classify(FOLDER)).toMatchObject([best]);
    const folder = join(await emptyFolder(), 'int8');
    const { code, stderr } = await hashformer(['convert', FOLDER, folder, '--dtype', 'int8']);
    expect(code, stderr).toBe(0);
    expect(await classify(folder)).toMatchObject([{ label: best!.label }]);
  });

  it('is fine-tuned, and what it learnt is saved and loaded', async () => {
    const texts = TEXTS.filter((text) => typeof text === 'string');
    const labels = texts.map((_, i) => i % 3);
    const trainer = await Trainer.create({
      model: FOLDER,
      task: 'text-classification',
      dropout: 0,
      optimizer: { learningRate: 1e-3 },
    });
    expect(await trainer.gradients()).toHaveProperty('classifier.dense.weight');
    const { loss } = await trainer.backward({ texts, labels });
    const expected = texts.map((_, i) => {
      const { logits } = cases[TEXTS.indexOf(texts[i]!)]!;
      return Math.log(logits!.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits![labels[i]!]!;
    });
    expect(loss).toBeCloseTo(expected.reduce((sum, one) => sum + one, 0) / texts.length, 5);
    await trainer.update();
    expect((await trainer.backward({ texts, labels })).loss).toBeLessThan(loss);
    const learnt = (await trainer.model.logits(texts)).data;
    const again = await HashFormer.load(await trainer.model.save());
    expect(differingBits((await again.logits(texts)).data, learnt)).toBe(0);
    trainer.dispose();
    again.dispose();
  });
});
