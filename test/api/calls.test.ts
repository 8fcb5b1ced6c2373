import { describe, expect, it } from 'vitest';
import { WasmBackend } from '../../src/backend/wasm-backend.ts';
import { HashformerError } from '../../src/errors.ts';
import type { HashFormer } from '../../src/model/hashformer.ts';
import { differingBits, failure, load, TEXTS, tinyModel } from '../helpers.ts';
import { watchRuns } from '../watch-runs.ts';

const sentence = (i: number) =>
  Array.from({ length: 1 + (i % 20) }, (_, k) => `w${(i * 7 + k * k) % 31}`).join(' ');

/** Long enough that a call is aborted or disposed of in its midst. */
const MANY = Array.from({ length: 10_000 }, (_, i) => sentence(i));

const SLOW = { hidden_size: 96, num_attention_heads: 6, intermediate_size: 384, num_hidden_layers: 3 };

describe('calls at the same time', () => {
  /** Calls of every kind, each with other texts. */
  const calls = (model: HashFormer) =>
    Array.from({ length: 60 }, (_, i) => async () => {
      const texts = [sentence(i), ...TEXTS.slice(i % 10), sentence(i + 1)];
      const options = { batchSize: 1 + (i % 4) };
      if (i % 6 === 0) return (await model.logits(texts, options)).data;
      if (i % 6 === 1) return (await model.encode(texts, { ...options, layer: i % 3 })).data;
      if (i % 6 === 2) return (await model.sentences(texts, { ...options, pooling: 'max' })).data;
      if (i % 6 === 3) return (await model.tokenLogits(texts, options)).data;
      if (i % 6 === 4) return (await model.probabilities(await model.logits(texts, options), 'softmax')).data;
      const { ids } = await model.tokenize(sentence(i));
      return Float32Array.from(new TextEncoder().encode(JSON.stringify(ids)));
    });

  it.each([
    { variant: 'emb' },
    { variant: 'pool' },
    { variant: 'ngram' },
    { hash: 'lsh' },
    { variant: 'add', hash: 'simhash' },
  ])('never mix: %o', async (fields) => {
    const model = await load(tinyModel(fields));
    const expected: Float32Array[] = [];
    for (const call of calls(model)) expected.push(await call());
    const got = await Promise.all(calls(model).map((call) => call()));
    expect(got.map((data, i) => differingBits(data, expected[i]!))).toEqual(expected.map(() => 0));
  });

  it('never mix with saving, nor with calls that fail', async () => {
    const model = await load(tinyModel());
    const expected = await model.logits(TEXTS);
    const before = await model.save();
    const results = await Promise.allSettled([
      model.logits(TEXTS),
      model.logits(['ok', 5 as unknown as string]),
      model.save(),
      model.logits(TEXTS, { signal: AbortSignal.abort() }),
      model.encode(TEXTS, { layer: 9 }),
      model.logits(TEXTS, { batchSize: 1 }),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    for (const i of [0, 5]) {
      const { value } = results[i] as PromiseFulfilledResult<typeof expected>;
      expect(differingBits(value.data, expected.data)).toBe(0);
    }
    expect((results[2] as PromiseFulfilledResult<typeof before>).value).toEqual(before);
  });

  it('take what they were given, whatever the caller does to it afterwards', async () => {
    const model = await load(tinyModel());
    const pair: [string, string] = ['a b', 'c d'];
    const texts = ['one', pair, 'two'];
    const expected = await model.logits(texts);
    const logits = { data: expected.data.slice(), shape: expected.shape };
    const calls = [model.logits(texts), model.probabilities(logits, 'softmax')];
    texts.length = 1;
    pair[0] = 'other';
    logits.data.fill(0);
    const [again, probabilities] = await Promise.all(calls);
    expect(differingBits(again!.data, expected.data)).toBe(0);
    expect(probabilities).toEqual(await model.probabilities(expected, 'softmax'));
  });

  it('give results that belong to the caller', async () => {
    const model = await load(tinyModel());
    const first = await model.encode(TEXTS);
    const copy = first.data.slice();
    first.data.fill(7);
    expect(differingBits((await model.encode(TEXTS)).data, copy)).toBe(0);
    expect(first.data.every((x) => x === 7)).toBe(true);
    expect(first.data.buffer.byteLength).toBe(first.data.byteLength);
  });

  it('on different models go their own ways', async () => {
    const models = await Promise.all([1, 2, 3].map((seed) => load(tinyModel({}, { seed }))));
    const expected = await Promise.all(models.map((model) => model.logits(TEXTS)));
    const calls = Array.from({ length: 30 }, (_, i) =>
      models[i % 3]!.logits(TEXTS, { batchSize: 1 + (i % 5) }),
    );
    for (const [i, { data }] of (await Promise.all(calls)).entries()) {
      expect(differingBits(data, expected[i % 3]!.data)).toBe(0);
    }
  });
});

describe('an AbortSignal', () => {
  it('that has fired already ends a call before it computes', async () => {
    const model = await load(tinyModel());
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    for (const call of [
      () => model.encode(TEXTS, { signal }),
      () => model.logits(TEXTS, { signal }),
      () => model.tokenLogits([], { signal }),
      () => model.sentences([], { signal }),
      () => load(tinyModel(), { signal }),
    ]) {
      expect((await failure(call, 'aborted')).cause).toBe(reason);
    }
  });

  it('ends a long call in its midst, and leaves the model as it was', async () => {
    const model = await load(tinyModel(SLOW));
    const controller = new AbortController();
    const expected = await model.logits(TEXTS);
    const begun = watchRuns(WasmBackend, 10, () => controller.abort('my reason'));
    const long = model.logits(MANY, { signal: controller.signal });
    const error = await failure(() => long, 'aborted');
    expect(error.cause).toBe('my reason');
    // The batch in which it was aborted is the last of hundreds.
    expect(begun()).toBe(10);
    expect(differingBits((await model.logits(TEXTS)).data, expected.data)).toBe(0);
  });

  it('leaves a call beside the one that it ends as it was', async () => {
    const model = await load(tinyModel(SLOW));
    const controller = new AbortController();
    const expected = await model.logits(TEXTS);
    watchRuns(WasmBackend, 4, () => controller.abort());
    const long = model.logits(MANY, { signal: controller.signal });
    const beside = model.logits(TEXTS);
    await failure(() => long, 'aborted');
    expect(differingBits((await beside).data, expected.data)).toBe(0);
  });

  it('lets timers and other calls run during a long call', async () => {
    const model = await load(tinyModel(SLOW));
    const events: string[] = [];
    const timer = setInterval(() => events.push('timer'), 1);
    const long = model.logits(MANY.slice(0, 4000), { signal: new AbortController().signal });
    const short = model.logits(['short']);
    await Promise.all([long.then(() => events.push('long')), short.then(() => events.push('short'))]);
    clearInterval(timer);
    expect(events.filter((event) => event === 'timer').length).toBeGreaterThan(1);
    expect(events.indexOf('short')).toBeLessThan(events.indexOf('long'));
  });

  it('of one call does not end another', async () => {
    const model = await load(tinyModel());
    const controller = new AbortController();
    const [ended, other] = [model.logits(TEXTS, { signal: controller.signal }), model.logits(TEXTS)];
    controller.abort();
    await failure(() => ended, 'aborted');
    expect((await other).shape).toEqual([TEXTS.length, 3]);
  });
});

describe('dispose()', () => {
  it('twice is harmless, and use after it is an error', async () => {
    const model = await load(tinyModel({ sentence_embedding_size: 4 }));
    expect(model.memoryBytes).toBeGreaterThan(0);
    model.dispose();
    model.dispose();
    expect(model.memoryBytes).toBe(0);
    for (const call of [
      () => model.encode(['a']),
      () => model.encode([]),
      () => model.logits(['a']),
      () => model.tokenLogits(['a']),
      () => model.sentences(['a']),
      () => model.tokenize('a'),
      () => model.save(),
      () => model.probabilities({ data: new Float32Array(2), shape: [1, 2] }, 'softmax'),
    ]) {
      expect((await failure(call, 'disposed')).message).toContain('load it again');
    }
    expect(model.config.hidden_size).toBe(30);
    expect(model.labels).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2']);
  });

  it.each(['wasm', 'reference'] as const)('ends the calls that wait: %s', async (backend) => {
    const model = await load(tinyModel(), { backend });
    const waiting = Array.from({ length: 20 }, () => model.logits(TEXTS));
    model.dispose();
    for (const call of waiting) await failure(() => call, 'disposed');
  });

  it('in the midst of a long call ends it', async () => {
    const model = await load(tinyModel(SLOW));
    const begun = watchRuns(WasmBackend, 10, () => setImmediate(() => model.dispose()));
    const long = model.logits(MANY, { signal: new AbortController().signal });
    await failure(() => long, 'disposed');
    expect(begun()).toBeGreaterThanOrEqual(10);
  });

  it('of one model leaves others of the same files alone', async () => {
    const files = tinyModel();
    const [one, other] = [await load(files), await load(files)];
    const expected = await one.logits(TEXTS);
    one.dispose();
    expect(differingBits((await other.logits(TEXTS)).data, expected.data)).toBe(0);
  });
});

describe('results', () => {
  it('of no texts have the shape [0, …]', async () => {
    const model = await load(tinyModel({ sentence_embedding_size: 7 }));
    const empty = new Float32Array();
    expect(await model.logits([])).toEqual({ data: empty, shape: [0, 3] });
    expect(await model.sentences([])).toEqual({ data: empty, shape: [0, 7] });
    expect(await model.encode([], { pooling: 'cls' })).toEqual({ data: empty, shape: [0, 30] });
    expect(await model.encode([])).toEqual({ data: empty, shape: [0, 30], offsets: new Uint32Array(1) });
    expect(await model.tokenLogits([])).toEqual({ data: empty, shape: [0, 3], offsets: new Uint32Array(1) });
    const none = { data: empty, shape: [0, 3] };
    expect(await model.probabilities(none, 'softmax')).toEqual(none);
  });

  it('of 10,000 texts at once are those of the texts', async () => {
    const model = await load(tinyModel({ variant: 'ngram' }));
    const { data, shape } = await model.logits(MANY);
    expect(shape).toEqual([10_000, 3]);
    const hidden = await model.encode(MANY.slice(0, 3000), { batchSize: 7 });
    expect(hidden.offsets!.length).toBe(3001);
    expect(hidden.shape).toEqual([hidden.offsets!.at(-1), 30]);
    for (const i of [0, 1, 2999, 5000, 9999]) {
      const alone = await model.logits([MANY[i]!]);
      expect(differingBits(data.subarray(i * 3, i * 3 + 3), alone.data)).toBe(0);
    }
  });

  it('are unit vectors where they are normalized', async () => {
    const model = await load(tinyModel({ sentence_embedding_size: 50 }));
    for (const result of [
      await model.sentences(TEXTS, { normalize: true }),
      await model.encode(TEXTS, { pooling: 'max', normalize: true }),
    ]) {
      const width = result.shape[1]!;
      for (let i = 0; i < TEXTS.length; i++) {
        const vector = result.data.subarray(i * width, (i + 1) * width);
        expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
      }
    }
  });
});

describe('texts', () => {
  const size = 2_000_000;

  it('of two megabytes are read, whatever they are made of', async () => {
    const model = await load(tinyModel());
    const short = await model.logits(['short']);
    for (const part of ['x', 'ab ', ' ', '我', '\ud83d\ude00', '\ud83d', 'Σ', 'İ', '-', '\n', 'a\u0301']) {
      const { data, shape } = await model.logits([part.repeat(size / part.length), 'short']);
      expect(shape).toEqual([2, 3]);
      expect(data.every(Number.isFinite)).toBe(true);
      expect(differingBits(data.subarray(3), short.data)).toBe(0);
    }
  });

  it.each([
    { variant: 'pool', hash: 'simhash' },
    { variant: 'proj', hash: 'lsh' },
    { variant: 'ngram', max_ngrams: 4096 },
  ])('of two megabytes in one word are read: %o', async (fields) => {
    const model = await load(tinyModel(fields));
    const { tokens, ids, truncated } = await model.tokenize('我'.repeat(size / 2));
    expect([tokens.length, ids.length, truncated]).toEqual([1, 3, false]);
    expect((await model.logits(['-'.repeat(size)])).data.every(Number.isFinite)).toBe(true);
  });

  it('are cut to max_length, pairs of the least length to nothing', async () => {
    const model = await load(tinyModel({ max_length: 4 }));
    expect(await model.tokenize('a b c d')).toMatchObject({ tokens: ['a', 'b'], truncated: true });
    expect(await model.tokenize(['a b', 'c d'])).toMatchObject({
      tokens: [[], []],
      ids: [0, 2, 2, 2],
      truncated: true,
    });
    expect((await model.encode(['a b c d', ['a', 'b'], ''])).offsets).toEqual(new Uint32Array([0, 4, 8, 10]));
  });

  it('that are empty are their special tokens', async () => {
    const model = await load(tinyModel());
    for (const text of ['', ' ', '\n\t\u00a0']) {
      expect(await model.tokenize(text)).toEqual({ tokens: [], offsets: [], ids: [0, 2], truncated: false });
    }
    expect(await model.tokenize(['', ''])).toEqual({
      tokens: [[], []],
      offsets: [[], []],
      ids: [0, 2, 2, 2],
      truncated: false,
    });
    expect((await model.logits([['', '']])).shape).toEqual([1, 3]);
  });

  it('with names of object prototypes are texts like others', async () => {
    const model = await load(tinyModel({ hash: 'lsh' }));
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    expect((await model.tokenize(names.join(' '))).ids).toHaveLength(6);
    expect((await model.logits(names)).data.every(Number.isFinite)).toBe(true);
  });

  it('of lone surrogates are read as the replacement character', async () => {
    const model = await load(tinyModel({ variant: 'ngram' }));
    const [lone, replaced] = [await model.logits(['\ud83d']), await model.logits(['\ufffd'])];
    expect(differingBits(lone.data, replaced.data)).toBe(0);
  });
});

describe('errors', () => {
  it('are HashformerErrors also where the caller passes getters that throw', async () => {
    const model = await load(tinyModel());
    const trap = (name: string) =>
      Object.defineProperty({}, name, {
        get() {
          throw new RangeError('trap');
        },
      });
    for (const name of ['pooling', 'layer', 'signal', 'batchSize']) {
      const error = await failure(() => model.encode(['a'], trap(name)), 'argument');
      expect(error.cause).toBeInstanceOf(RangeError);
    }
    await failure(() => model.save(undefined, trap('dtype')), 'argument');
    await failure(() => load(tinyModel(), trap('tier')), 'argument');
    expect((await model.logits(['a'])).data.length).toBe(3);
  });

  it('carry a name, a code and a stack', () => {
    const error = new HashformerError('argument', 'A sentence for people.', { cause: 1 });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'HashformerError',
      code: 'argument',
      message: 'A sentence for people.',
      cause: 1,
    });
    expect(String(error)).toBe('HashformerError: A sentence for people.');
    expect(error.stack).toContain('calls.test');
  });
});
