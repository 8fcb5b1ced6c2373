import { describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../../src/architecture/config.ts';
import { HashFormer } from '../../src/model/hashformer.ts';
import { failure, load, TEXTS, tinyConfig, tinyModel } from '../helpers.ts';

/** The sentence that a configuration is refused with, before there is a memory to allocate anything in. */
async function refusedAtOnce(fields: Record<string, unknown>): Promise<string> {
  const instantiate = vi.spyOn(WebAssembly, 'instantiate');
  try {
    const { message } = await failure(() => HashFormer.init(tinyConfig(fields), 1), 'config');
    expect(instantiate).not.toHaveBeenCalled();
    return message;
  } finally {
    instantiate.mockRestore();
  }
}

const SIZES = [
  'hidden_size',
  'num_hidden_layers',
  'num_attention_heads',
  'intermediate_size',
  'max_position_embeddings',
  'max_length',
  'type_vocab_size',
  'buckets',
  'embedding_size',
  'num_labels',
  'max_ngrams',
  'sentence_embedding_size',
];
const HOSTILE = [
  -1,
  0.5,
  1e9 + 0.5,
  1e10,
  2 ** 53,
  1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '30',
  true,
  [30],
  {},
  () => 30,
  30n,
];

describe('a hostile config.json', () => {
  it.each(SIZES.flatMap((field) => HOSTILE.map((value) => [field, value] as const)))(
    'is an error: %s = %o',
    async (field, value) => {
      const fields = { variant: 'ngram', [field]: value };
      for (const action of [
        () => HashFormer.init(tinyConfig(fields), 1),
        () => HashFormer.load({ ...tinyModel({ variant: 'ngram' }), config: tinyConfig(fields) }),
      ]) {
        expect((await failure(action, 'config')).message).toContain(`"${field}"`);
      }
    },
  );

  it.each([
    'hidden_size',
    'num_attention_heads',
    'intermediate_size',
    'max_position_embeddings',
    'buckets',
    'num_labels',
    'type_vocab_size',
    'max_length',
    'embedding_size',
    'sentence_embedding_size',
  ])('is an error: %s = 0 or 1e9', async (field) => {
    for (const value of [0, 1e9]) {
      const fields = { variant: 'ngram', hidden_size: 32, num_attention_heads: 4, [field]: value };
      await refusedAtOnce(fields);
    }
  });

  it.each([
    [30, 4],
    [30, 7],
    [30, 31],
    [1, 2],
    [128, 100],
  ])('is an error: %i does not divide into %i heads', async (hidden_size, num_attention_heads) => {
    const config = tinyConfig({ hidden_size, num_attention_heads });
    const { message } = await failure(() => HashFormer.init(config, 1), 'config');
    expect(message).toContain('num_attention_heads');
  });

  it.each<[string, unknown]>([
    ['variant', 'bert'],
    ['variant', undefined],
    ['variant', 'constructor'],
    ['hash', 'sha1'],
    ['hash', 'simhash'],
    ['hash_key', 5],
    ['hash_keys', []],
    ['hash_keys', 'en'],
    ['hash_keys', ['en', 5]],
    ['hash_keys', new Array(3)],
    ['hash_keys', new Array(16).fill('k')],
    ['ngram_range', [0, 3]],
    ['ngram_range', [3, 2]],
    ['ngram_range', [1, 65]],
    ['ngram_range', [1]],
    ['ngram_range', [1, 2, 3]],
    ['ngram_range', ['1', '2']],
    ['ngram_range', 3],
    ['ngram_range', new Array(2)],
    ['ngram_key', {}],
    ['boundary_marks', 1],
    ['tokenizer', 'bpe'],
    ['pooling', 'sum'],
    ['pooling', 1],
    ['normalize', 'yes'],
    ['layer_norm_eps', -1e-9],
    ['layer_norm_eps', 2],
    ['layer_norm_eps', '1e-5'],
    ['hidden_act', 'relu'],
    ['problem_type', 'ranking'],
    ['model_type', 'gpt2'],
    ['model_type', null],
    ['id2label', []],
    ['id2label', 'LABEL'],
    ['id2label', { 0: 'A', 2: 'C' }],
    ['id2label', { 0: 'A', 1: 'B', 2: 3 }],
    ['id2label', { 0: 'A' }],
    ['max_length', 51],
    ['max_length', 3],
    ['max_position_embeddings', 5],
  ])('is an error: %s = %o', async (field, value) => {
    const action = () => HashFormer.init(tinyConfig({ variant: 'ngram', [field]: value }), 1);
    expect((await failure(action, 'config')).message).toContain(`"${field}"`);
  });

  it('is an error where a SimHash has no n-grams', async () => {
    const config = tinyConfig({ hash: 'simhash', ngram_range: null });
    expect((await failure(() => HashFormer.init(config, 1), 'config')).message).toContain('ngram_range');
  });

  it.each([
    { hidden_size: 16384, num_attention_heads: 1, intermediate_size: 65536, num_hidden_layers: 256 },
    { hidden_size: 16384, num_attention_heads: 16, intermediate_size: 1, num_hidden_layers: 8 },
    { buckets: 2 ** 31 - 6 },
    { variant: 'ngram', buckets: 2 ** 31 - 6, embedding_size: 1 },
    { num_labels: 100_000, hidden_size: 16384, num_attention_heads: 1, num_hidden_layers: 0, id2label: null },
  ])('is an error before anything is allocated: %o', async (fields) => {
    expect(await refusedAtOnce(fields)).toContain('million parameters');
  });

  it('is an error where it is no plain JSON', async () => {
    const circular: Record<string, unknown> = tinyConfig();
    circular.self = circular;
    let deep: unknown = 1;
    for (let i = 0; i < 50_000; i++) deep = [deep];
    const trap = Object.defineProperty(tinyConfig(), 'hidden_size', {
      enumerable: true,
      get() {
        throw new Error('trap');
      },
    });
    for (const config of [
      circular,
      tinyConfig({ deep }),
      trap,
      tinyConfig({ big: 1n }),
      tinyConfig({ f: () => 1 }),
    ]) {
      await failure(() => HashFormer.init(config, 1), 'config');
    }
  });

  it('keeps to its own fields: prototypes neither answer nor get changed', async () => {
    const polluting = JSON.parse('{"__proto__": {"hidden_size": 30, "polluted": true}}');
    await failure(
      () => HashFormer.init({ ...tinyConfig({ hidden_size: undefined }), ...polluting }, 1),
      'config',
    );
    const config = JSON.parse(
      JSON.stringify(tinyConfig()).replace('{', '{"__proto__": {"polluted": true}, "constructor": 5,'),
    );
    const model = await HashFormer.init(config, 1);
    const again = await HashFormer.load(await model.save());
    for (const { config } of [model, again]) {
      expect(Object.hasOwn(config, '__proto__')).toBe(true);
      expect(config.constructor).toBe(5);
      expect((config as { polluted?: boolean }).polluted).toBeUndefined();
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    const labels = JSON.parse('{"0": "__proto__", "1": "constructor", "2": "toString"}');
    expect((await load(tinyModel({ id2label: labels }))).labels).toEqual([
      '__proto__',
      'constructor',
      'toString',
    ]);
  });
});

describe('a config.json', () => {
  it('may leave out what has a default', () => {
    const config = parseConfig(tinyConfig({ num_labels: undefined }));
    expect(config).toMatchObject({
      model_type: 'hashformer',
      hash: 'md5',
      hash_key: 'en',
      tokenizer: 'reference',
      max_length: 50,
      layer_norm_eps: 1e-5,
      num_labels: 2,
      id2label: { 0: 'LABEL_0', 1: 'LABEL_1' },
      problem_type: 'single_label_classification',
      pooling: null,
      normalize: false,
      sentence_embedding_size: null,
    });
    expect(parseConfig(tinyConfig({ buckets: undefined })).buckets).toBe(50260);
    expect(parseConfig(tinyConfig({ buckets: undefined, vocab_size: 1029 })).buckets).toBe(1024);
    expect(parseConfig({ ...config, id2label: null, num_labels: null })).toMatchObject({ num_labels: 2 });
  });

  it('keeps fields that it does not know, also through save() and load()', async () => {
    const fields = { architectures: ['HashFormer'], nested: { a: [1, null, 'x'] }, torch_dtype: 'float32' };
    const model = await load(tinyModel(fields));
    expect(model.config).toMatchObject(fields);
    expect((await load(await model.save())).config).toEqual(model.config);
  });

  it('may be frozen, and is not changed', async () => {
    const files = tinyModel({
      id2label: Object.freeze({ 0: 'a', 1: 'b', 2: 'c' }),
      hash_keys: Object.freeze(['x']),
    });
    const before = JSON.stringify(files.config);
    await load({ ...files, config: Object.freeze(files.config) });
    expect(JSON.stringify(files.config)).toBe(before);
  });

  it('of a model cannot be changed, not from inside nor by what it was made from', async () => {
    const labels = { 0: 'a', 1: 'b', 2: 'c' };
    const files = tinyModel({ variant: 'ngram', id2label: labels, hash_keys: ['x'], ngram_range: [2, 3] });
    const model = await load(files);
    const expected = await model.logits(TEXTS);
    const saved = await model.save();
    labels[0] = 'changed';
    files.config.buckets = 5;
    (files.config.hash_keys as string[])[0] = 'y';
    const config = model.config as Record<string, unknown>;
    expect(() => (config.hidden_size = 5)).toThrow(TypeError);
    expect(() => ((config.id2label as Record<string, string>)[0] = 'changed')).toThrow(TypeError);
    expect(() => ((config.ngram_range as number[])[0] = 1)).toThrow(TypeError);
    expect(() => (config.hash_keys as string[]).push('z')).toThrow(TypeError);
    expect(() => (model.labels as string[]).push('d')).toThrow(TypeError);
    expect(model.labels).toEqual(['a', 'b', 'c']);
    expect(await model.save()).toEqual(saved);
    expect(await model.logits(TEXTS)).toEqual(expected);
  });

  it('that save() gave may be changed without harm to the model', async () => {
    const model = await load(tinyModel());
    const { config } = await model.save();
    config.hidden_size = 7;
    config.id2label[0] = 'changed';
    expect(model.config.hidden_size).toBe(30);
    expect((await model.save()).config.id2label[0]).toBe('LABEL_0');
  });

  it('gives labels in the order of their numbers', async () => {
    const id2label = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [11 - i, `label ${11 - i}`]));
    const model = await load(tinyModel({ num_labels: undefined, id2label }));
    expect(model.labels).toEqual(Array.from({ length: 12 }, (_, i) => `label ${i}`));
  });
});
