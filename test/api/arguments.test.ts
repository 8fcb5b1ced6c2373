import { beforeAll, describe, expect, it } from 'vitest';
import { checkOptions } from '../../src/arguments.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { HashFormer, hashToken, hashTokens, pipeline } from '../../src/index.ts';
import { explainRefusal } from '../../src/transformers-js.ts';
import { unknownOption } from '../../src/unknown-option.ts';
import { failure, tinyConfig, tinyModel } from '../helpers.ts';

/** Values of every type that are neither a text nor texts. */
const JUNK: [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['a number', 3],
  ['NaN', Number.NaN],
  ['true', true],
  ['a bigint', 10n],
  ['a symbol', Symbol('s')],
  ['a function', () => 'text'],
  ['a class', class A {}],
  ['an object', { length: 1, 0: 'text' }],
  ['an object without a prototype', Object.create(null)],
  ['a set', new Set(['text'])],
  ['a Uint8Array', new Uint8Array(3)],
  ['a String object', new String('text')],
  ['a promise', Promise.resolve('text')],
];
/** Junk that is no number, no string and no object. */
const PRIMITIVES = JUNK.filter(([, value]) => value !== undefined && typeof value !== 'object');

// Whatever the types say: JavaScript callers pass anything.
type Any = (...values: unknown[]) => Promise<unknown>;
let loaded: HashFormer;
let model: Record<string, Any>;

beforeAll(async () => {
  loaded = await HashFormer.load(tinyModel());
  model = loaded as unknown as typeof model;
});

const refused = (action: () => unknown, code: ErrorCode = 'argument') => failure(action, code);
const CALLS = ['encode', 'logits', 'tokenLogits', 'sentences'] as const;

describe.each(CALLS)('%s()', (name) => {
  it.each([...JUNK, ['a string', 'text']] as [string, unknown][])('refuses %s as texts', async (_, texts) => {
    expect((await refused(() => model[name]!(texts))).message).toContain('array');
  });

  it.each([
    ...JUNK,
    ['an empty array', []],
    ['one string in an array', ['a']],
    ['three strings', ['a', 'b', 'c']],
    ['a pair with a number', ['a', 1]],
    ['a pair with a hole in front', Object.assign(new Array(2), { 1: 'b' })],
    ['a pair with a hole behind', Object.assign(new Array(2), { 0: 'a' })],
    ['a pair of holes', new Array(2)],
    ['a nested pair', [['a', 'b'], 'c']],
  ] as [string, unknown][])('refuses %s as one of the texts, and says which', async (_, text) => {
    expect((await refused(() => model[name]!(['fine', text]))).message).toContain('Text 1');
  });

  it('refuses an array with a hole, of any length', async () => {
    // biome-ignore lint/suspicious/noSparseArray: that is the point
    expect((await refused(() => model[name]!(['a', , 'b']))).message).toContain('Text 1');
    expect((await refused(() => model[name]!(new Array(2 ** 32 - 1)))).message).toContain('Text 0');
  });

  it.each([...PRIMITIVES, ['null', null], ['an array', ['cls']], ['a string', 'cls']] as [string, unknown][])(
    'refuses %s as options',
    async (_, options) => {
      await refused(() => model[name]!(['a'], options));
    },
  );

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1', null, 10n, [1]])(
    'refuses the batch size %o',
    async (batchSize) => {
      expect((await refused(() => model[name]!(['a'], { batchSize }))).message).toContain('batchSize');
    },
  );

  it.each([true, 'abort', 5, {}, null, () => undefined])('refuses the signal %o', async (signal) => {
    expect((await refused(() => model[name]!(['a'], { signal }))).message).toContain('AbortSignal');
  });

  it('takes undefined for any option, and refuses those that it does not know', async () => {
    const nothing = { signal: undefined, batchSize: undefined, pooling: undefined, normalize: undefined };
    await model[name]!(['a'], { ...nothing, layer: undefined, unknown: undefined });
    const { message } = await refused(() => model[name]!(['a'], { ...nothing, batch_size: 1 }));
    expect(message).toBe('There is no option "batch_size" here (did you mean "batchSize"?).');
    expect((await refused(() => model[name]!(['a'], { unknown: 1 }))).message).toMatch(
      /^There is no option "unknown" here, only .*"signal", "batchSize"\.$/,
    );
    await model[name]!(['a'], undefined);
    await model[name]!(['a'], Object.create(null));
  });
});

describe('encode() and sentences()', () => {
  it.each(['sum', '', 'CLS', 'constructor', '__proto__', 1, null, ['cls'], Symbol('cls')])(
    'refuse the pooling %o',
    async (pooling) => {
      const { message } = await refused(() => model.encode!(['a'], { pooling }));
      expect(message).toContain('"none", "cls", "mean", "max"');
      await refused(() => model.sentences!(['a'], { pooling }));
    },
  );

  it.each([0, 1, 'true', null, {}])('refuse %o for normalize', async (normalize) => {
    await refused(() => model.encode!(['a'], { pooling: 'cls', normalize }));
    await refused(() => model.sentences!(['a'], { normalize }));
  });

  it.each([-1, 3, 0.5, '1', null, Number.NaN])('refuse the layer %o', async (layer) => {
    expect((await refused(() => model.encode!(['a'], { layer }))).message).toContain('from 0 to 2');
  });

  it('say that normalisation needs a pooling', async () => {
    expect((await refused(() => model.encode!(['a'], { normalize: true }))).message).toContain('pooling');
    await refused(() => model.sentences!(['a'], { pooling: 'none' }));
  });
});

describe('tokenize()', () => {
  it.each([...JUNK, ['an array of three', ['a', 'b', 'c']], ['a pair with a hole', new Array(2)]] as [
    string,
    unknown,
  ][])('refuses %s', async (_, text) => {
    expect((await refused(() => model.tokenize!(text))).message).toContain('a string or a pair of strings');
  });
});

describe('probabilities()', () => {
  const data = new Float32Array(6);

  it.each([
    ...JUNK,
    ['numbers without a shape', { data }],
    ['a shape of one dimension', { data, shape: [6] }],
    ['a shape of three dimensions', { data, shape: [1, 2, 3] }],
    ['a shape that does not fit', { data, shape: [2, 2] }],
    ['a fraction of a row', { data, shape: [1.5, 4] }],
    ['a negative shape', { data, shape: [-2, -3] }],
    ['no width', { data: new Float32Array(), shape: [0, 0] }],
    ['float64', { data: new Float64Array(6), shape: [2, 3] }],
    ['an array', { data: [1, 2], shape: [1, 2] }],
    ['NaN', { data: new Float32Array([0, Number.NaN]), shape: [1, 2] }],
    ['infinity', { data: new Float32Array([0, Number.NEGATIVE_INFINITY]), shape: [1, 2] }],
  ] as [string, unknown][])('refuses %s', async (_, logits) => {
    await refused(() => model.probabilities!(logits, 'softmax'));
  });

  it.each([undefined, 'max', 'Softmax', 0, null])('refuses the kind %o', async (kind) => {
    await refused(() => model.probabilities!({ data, shape: [2, 3] }, kind));
  });
});

describe('load()', () => {
  const loadAny = HashFormer.load as unknown as Any;

  it.each([...JUNK, ['the empty string', ''], ['an array', ['models/x']]] as [string, unknown][])(
    'refuses %s as a source',
    async (_, source) => {
      expect((await refused(() => loadAny(source))).message).toContain("folder's path");
    },
  );

  it.each([
    ...JUNK,
    ['a string', 'text'],
    ['an array of bytes', [1, 2, 3]],
    ['a DataView', new DataView(new ArrayBuffer(9))],
  ])('refuses %s for weights', async (name, weights) => {
    if (name !== 'a Uint8Array') await refused(() => loadAny({ config: tinyConfig(), weights }));
    else await refused(() => loadAny({ config: tinyConfig(), weights }), 'weights');
  });

  it.each([...PRIMITIVES, ['null', null], ['a string', '{}']] as [string, unknown][])(
    'refuses %s for the configuration',
    async (_, config) => {
      await refused(() => loadAny({ config, weights: new Uint8Array() }));
    },
  );

  it.each<[string, unknown]>([
    ['backend', 'webgpu'],
    ['backend', null],
    ['backend', 'constructor'],
    ['tier', 'avx'],
    ['tier', null],
    ['tier', ['simd']],
    ['signal', 1],
  ])('refuses the option %s = %o', async (option, value) => {
    expect((await refused(() => loadAny(tinyModel(), { [option]: value }))).message).toContain(option);
  });

  it('refuses options that are no object', async () => {
    for (const options of [null, 5, 'simd', ['simd']]) await refused(() => loadAny(tinyModel(), options));
  });
});

describe('options', () => {
  it.each([
    ['poling', ['pooling', 'normalize'], ' (did you mean "pooling"?)'],
    ['topk', ['top_k', 'topK'], ' (did you mean "top_k"?)'],
    ['Top-K', ['signal', 'topK'], ' (did you mean "topK"?)'],
    ['teir', ['backend', 'tier'], ' (did you mean "tier"?)'],
    ['constructor', ['backend', 'tier'], ', only "backend", "tier"'],
    ['x'.repeat(1e6), ['backend', 'tier'], ', only "backend", "tier"'],
    ['anything', [], ', nor any other'],
  ])('that are none: %s of %o', (name, names, ending) => {
    const { message } = unknownOption(name, names);
    expect(message.replace(/^There is no option ".{1,41}" here/, '')).toBe(`${ending}.`);
  });

  it.each([
    ['dtype', 'weights stay as they are stored; save(folder, { dtype }) converts them'],
    ['device', 'models are computed on the CPU'],
  ])('of transformers.js say what there is instead: %s', async (name, instead) => {
    const load = () => HashFormer.load('sentiment', { [name]: 'webgpu' } as object);
    const call = async () => (await pipeline('text-classification'))('a', { [name]: 'webgpu' } as never);
    for (const action of [load, call]) {
      expect((await failure(action, 'argument')).message).toBe(
        `There is no option "${name}" here: ${instead}.`,
      );
    }
  });

  it('that are no one’s are refused as they were', () => {
    const error = unknownOption('teir', ['tier']);
    expect(explainRefusal(error, { teir: 1 }, ['tier'])).toBe(error);
    expect(explainRefusal(error, null, [])).toBe(error);
    expect(explainRefusal(error, { constructor: 1 }, [])).toBe(error);
  });

  it('are read once, and may stand on a prototype beside what is none', () => {
    let reads = 0;
    class Options {
      method() {}
      get tier() {
        reads++;
        return 'simd';
      }
    }
    expect(checkOptions<{ tier: string }>(new Options(), ['tier'])).toEqual({ tier: 'simd' });
    expect(reads).toBe(1);
  });
});

describe('init()', () => {
  const initAny = HashFormer.init as unknown as Any;

  it.each([undefined, -1, 1.5, 2 ** 32, Number.NaN, '1', 1n, null])('refuses the seed %o', async (seed) => {
    expect((await refused(() => initAny(tinyConfig(), seed))).message).toContain('seed');
  });

  it('takes the first and the last seed', async () => {
    for (const seed of [0, 2 ** 32 - 1]) {
      const model = await HashFormer.init(tinyConfig(), seed);
      expect(model.memoryBytes).toBeGreaterThan(0);
      model.dispose();
    }
  });

  it.each([...PRIMITIVES, ['undefined', undefined], ['an array', []]] as [string, unknown][])(
    'refuses %s as a configuration',
    async (_, config) => {
      await refused(() => initAny(config, 1), 'config');
    },
  );
});

describe('save()', () => {
  it.each([null, 5, '', {}, [], true])('refuses the target %o', async (target) => {
    await refused(() => model.save!(target));
  });

  it.each([
    { layout: 'bert' },
    { layout: null },
    { dtype: 'f64' },
    { dtype: 'constructor' },
    { dtype: null },
    { dtype: 8 },
    null,
    'int8',
  ])('refuses the options %o', async (options) => {
    await refused(() => model.save!(undefined, options));
  });
});

describe('pipeline()', () => {
  const pipelineAny = pipeline as unknown as Any;

  it.each([undefined, null, '', 'text-generation', 'constructor', 5, ['text-classification']])(
    'refuses the task %o',
    async (task) => {
      expect((await refused(() => pipelineAny(task, loaded))).message).toContain('"text-classification"');
    },
  );

  it('refuses sources and options as load() does', async () => {
    await refused(() => pipelineAny('text-classification', 5));
    await refused(() => pipelineAny('feature-extraction', tinyModel(), { tier: 'avx' }));
  });

  it.each(JUNK)('gives functions that refuse %s', async (_, input) => {
    const classify = (await pipeline('text-classification', loaded)) as unknown as Any;
    const extract = (await pipeline('feature-extraction', loaded)) as unknown as Any;
    for (const run of [classify, extract]) {
      await refused(() => run(input));
      await refused(() => run([input]));
    }
  });

  it.each([0, -1, 1.5, Number.NaN, '1', true, {}])(
    'gives a classifier that refuses top_k %o',
    async (top_k) => {
      const classify = (await pipeline('text-classification', loaded)) as unknown as Any;
      for (const options of [{ top_k }, { topK: top_k }, { top_k, topK: 1 }]) {
        expect((await refused(() => classify('a', options))).message).toContain('top_k');
      }
    },
  );
});

describe('hashToken() and hashTokens()', () => {
  const one = hashToken as unknown as Any;
  const many = hashTokens as unknown as Any;

  it.each([...JUNK, ['an array', ['a']]] as [string, unknown][])('refuse %s as a token', async (_, token) => {
    await refused(() => one(token));
    await refused(() => many(['a', token]));
    if (!Array.isArray(token)) await refused(() => many(token));
  });

  it('refuse a string for an array, and holes', async () => {
    await refused(() => many('word'));
    // biome-ignore lint/suspicious/noSparseArray: that is the point
    await refused(() => many(['a', , 'b']));
  });

  it.each<[string, unknown]>([
    ['hash', 'sha256'],
    ['hash', null],
    ['hash', 'constructor'],
    ['key', 5],
    ['key', null],
    ['key', new Uint8Array(3)],
    ['buckets', 0],
    ['buckets', -5],
    ['buckets', 1.5],
    ['buckets', 2 ** 31],
    ['buckets', Number.NaN],
    ['buckets', '100'],
    ['buckets', 10n],
  ])('refuse the option %s = %o', async (option, value) => {
    expect((await refused(() => one('a', { [option]: value }))).message).toContain(option);
  });

  it('refuse options that are no object', async () => {
    for (const options of [null, 'md5', 5, ['md5']]) await refused(() => one('a', options));
  });
});
