import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pipeline } from '../../src/index.ts';
import { load, Random, roberta, TEXTS, tinyModel, VARIANTS } from '../helpers.ts';

const random = new Random(11);
const letters = 'etaoinshrdluäж我';
const WORDS = Array.from({ length: 500 }, () =>
  Array.from({ length: 1 + random.below(12) }, () => letters[random.below(letters.length)]).join(''),
);
/** Mostly short, some longer than any model reads. */
const text = () =>
  Array.from(
    { length: random.below(random.below(5) ? 12 : 90) },
    () => WORDS[random.below(WORDS.length)],
  ).join(' ');

describe('the memory of a model', () => {
  it('has not grown after 10,000 classifications', async () => {
    const classify = await pipeline('text-classification');
    const before = classify.model.memoryBytes;
    expect(before).toBeGreaterThan(0);
    for (let done = 0; done < 10_000; ) {
      const texts = Array.from({ length: 1 + (done % 300) }, text);
      await classify(texts, { top_k: null });
      done += texts.length;
      expect(classify.model.memoryBytes).toBe(before);
    }
    classify.dispose();
  });

  it.each([
    ...VARIANTS.map((variant) => ({ variant })),
    { hash: 'simhash' },
    { hash: 'lsh', variant: 'pool' },
  ])('does not grow from call to call: %o', async (fields) => {
    const model = await load(tinyModel({ ...fields, sentence_embedding_size: 40 }));
    await model.encode(TEXTS);
    const before = model.memoryBytes;
    for (let i = 0; i < 30; i++) {
      await model.encode(Array.from({ length: 1 + 10 * (i % 5) }, text));
      await model.sentences(TEXTS, { normalize: true });
      await model.probabilities(await model.logits(TEXTS), 'softmax');
      await model.tokenLogits(TEXTS);
      await model.tokenize(text());
      expect(model.memoryBytes).toBe(before);
    }
  });

  it('grows for a huge text once', async () => {
    const model = await load(tinyModel());
    const texts = ['x'.repeat(1 << 20), ...TEXTS];
    const small = model.memoryBytes;
    await model.logits(texts);
    const large = model.memoryBytes;
    expect(large).toBeGreaterThan(small);
    for (let i = 0; i < 10; i++) await model.logits(texts);
    expect(model.memoryBytes).toBe(large);
  });
});

describe('memory that was given up', () => {
  /** Runs in a Node of its own, which can collect garbage at will and has a small heap. */
  const run = (program: string): unknown => {
    const node = fileURLToPath(new URL('../../dist/node/index.js', import.meta.url));
    const { config, weights } = tinyModel({ hidden_size: 64, num_attention_heads: 4, buckets: 5000 });
    const setup = `
      import { readFileSync } from 'node:fs';
      import { HashFormer } from ${JSON.stringify(node)};
      const memories = [];
      const instantiate = WebAssembly.instantiate;
      WebAssembly.instantiate = async (...given) => {
        const result = await instantiate(...given);
        memories.push(new WeakRef((result.instance ?? result).exports.memory));
        return result;
      };
      const files = {
        config: ${JSON.stringify(config)},
        weights: Buffer.from(readFileSync(0, 'latin1'), 'base64'),
      };
      const collect = async () => {
        for (let i = 0; i < 10; i++) { await new Promise((resolve) => setTimeout(resolve, 5)); gc(); }
      };
      const alive = () => memories.filter((memory) => memory.deref() !== undefined).length;
    `;
    const output = execFileSync(
      process.execPath,
      ['--expose-gc', '--input-type=module', '--eval', setup + program],
      {
        encoding: 'utf8',
        input: Buffer.from(weights).toString('base64'),
      },
    );
    return JSON.parse(output);
  };

  it('is collected after dispose(), even while the model object lives', () => {
    const program = `
      const models = [];
      for (let i = 0; i < 3; i++) models.push(await HashFormer.load(files));
      for (const model of models) await model.logits(['a text']);
      await collect();
      const before = alive();
      models[0].dispose();
      models[1].dispose();
      await collect();
      console.log(JSON.stringify({ before, after: alive(), bytes: models.map((model) => model.memoryBytes > 0) }));
    `;
    expect(run(program)).toEqual({ before: 3, after: 1, bytes: [false, false, true] });
  });

  it('is collected with the last reference to a model that nobody disposed of', () => {
    const program = `
      await (await HashFormer.load(files)).logits(['a text']);
      const { weights } = await (await HashFormer.load(files)).save();
      await collect();
      console.log(JSON.stringify({ made: memories.length > 1, alive: alive(), saved: weights.length > 0 }));
    `;
    expect(run(program)).toEqual({ made: true, alive: 0, saved: true });
  });

  it('does not add up over 200 models', () => {
    const program = `
      const used = () => { const { external, arrayBuffers } = process.memoryUsage(); return external + arrayBuffers; };
      const cycle = async () => {
        const model = await HashFormer.load(files);
        await model.encode(['a text']);
        model.dispose();
      };
      for (let i = 0; i < 20; i++) await cycle();
      await collect();
      const before = used();
      for (let i = 0; i < 200; i++) await cycle();
      await collect();
      console.log(JSON.stringify({ grown: Math.max(0, used() - before), one: files.weights.length }));
    `;
    const { grown, one } = run(program) as { grown: number; one: number };
    expect(grown).toBeLessThan(2 * one);
  });
});

it('a tokenizer.json that several models share is not copied', async () => {
  const models = await Promise.all([1, 2].map((seed) => load(tinyModel({ hash: 'lsh' }, { seed }))));
  for (const model of models) expect((await model.save()).tokenizer).toBe(roberta());
});
