import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { writeSafetensors } from '../../src/formats/safetensors-writer.ts';
import {
  type Classification,
  type ClassifyOptions,
  HashFormer,
  pipeline,
  type TaskName,
} from '../../src/index.ts';
import type { Text } from '../../src/tokenizer/text.ts';
import { differingBits, failure, load, TEXTS, tinyModel, wordPieces } from '../helpers.ts';

const total = (results: readonly Classification[]) => results.reduce((sum, { score }) => sum + score, 0);
const labelled = { num_labels: 4, id2label: { 0: 'red', 1: 'green', 2: 'blue', 3: 'grey' } };

describe('text-classification', () => {
  it('gives one text a list, many texts an object each', async () => {
    const classify = await pipeline('text-classification', tinyModel(labelled));
    const one = await classify('a text');
    expect(one).toEqual([{ label: expect.any(String), score: expect.any(Number) }]);
    expect(await classify(['a text'])).toEqual(one);
    const many = await classify(['a text', ['a', 'pair'], '']);
    expect(many).toHaveLength(3);
    expect(many[0]).toEqual(one[0]);
    expect(await classify([])).toEqual([]);
    classify.dispose();
    await failure(() => classify('a text'), 'disposed');
  });

  it.each([{ top_k: 2 }, { topK: 2 }, { top_k: 2, topK: 1 }])(
    'gives lists where %o asks for more',
    async (options) => {
      const classify = await pipeline('text-classification', await load(tinyModel(labelled)));
      const one = await classify('a text', options);
      expect(one).toHaveLength(2);
      expect(one[0]!.score).toBeGreaterThanOrEqual(one[1]!.score);
      const many = (await classify(['a text', 'other', 'third'], options)) as Classification[][];
      expect(many.map((results) => results.length)).toEqual([2, 2, 2]);
      expect(many[0]).toEqual(one);
    },
  );

  it.each([{ top_k: null }, { topK: null }, { top_k: 4 }, { top_k: 1000 }, { top_k: null, topK: 1 }])(
    'gives all labels for %o, with scores that sum to 1',
    async (options) => {
      const classify = await pipeline('sentiment-analysis', await load(tinyModel(labelled)));
      const texts = TEXTS as Text[];
      const many = (await classify(texts, options)) as Classification[][];
      for (const [i, results] of many.entries()) {
        expect(results.map(({ label }) => label).sort()).toEqual(['blue', 'green', 'grey', 'red']);
        expect(results.map(({ score }) => score)).toEqual(
          results.map(({ score }) => score).sort((a, b) => b - a),
        );
        expect(total(results)).toBeCloseTo(1, 6);
        if (typeof texts[i] === 'string') expect(await classify(texts[i], options)).toEqual(results);
      }
    },
  );

  it.each<unknown>([{}, { top_k: 1 }, { topK: 1 }, { top_k: undefined }, undefined])(
    'gives the best label for %o',
    async (given) => {
      const options = given as ClassifyOptions;
      const classify = await pipeline('text-classification', await load(tinyModel(labelled)));
      const [best] = await classify('a text', { top_k: null });
      expect(await classify('a text', options)).toEqual([best]);
      expect(await classify(['a text', 'a text'], options)).toEqual([best, best]);
    },
  );

  it('gives lists also where there is one label, if all are asked for', async () => {
    const classify = await pipeline('text-classification', await load(tinyModel({ num_labels: 1 })));
    const [[one]] = (await classify(['a'], { top_k: null })) as [Classification[]];
    expect(await classify(['a'])).toEqual([one]);
    expect(one!.score).toBeGreaterThan(0);
    expect(one!.score).toBeLessThan(1);
  });

  it('scores labels one by one where several may hold, and gives the number itself of a regression', async () => {
    const files = tinyModel(labelled);
    const logits = (await (await load(files)).logits(['a'])).data;
    const run = async (problem_type: string) => {
      const model = await load({ ...files, config: { ...files.config, problem_type } });
      const results = await (await pipeline('text-classification', model))('a', { top_k: null });
      return Object.values(labelled.id2label).map(
        (name) => results.find(({ label }) => label === name)!.score,
      );
    };
    const sigmoid = await run('multi_label_classification');
    for (const [i, score] of sigmoid.entries()) expect(score).toBeCloseTo(1 / (1 + Math.exp(-logits[i]!)), 6);
    expect(await run('regression')).toEqual([...logits]);
  });

  it('keeps the order of labels whose scores are equal', async () => {
    const change = (tensors: Map<string, { data: Uint8Array }>) => {
      tensors.get('classifier.output.weight')!.data.fill(0);
      tensors.get('classifier.output.bias')!.data.fill(0);
    };
    const classify = await pipeline('text-classification', await load(tinyModel(labelled, { change })));
    const results = await classify('a', { top_k: null });
    expect(results).toEqual(['red', 'green', 'blue', 'grey'].map((label) => ({ label, score: 0.25 })));
  });

  it('says what a model lacks that has no such head', async () => {
    const { config, weights } = tinyModel();
    const tensors = [...readSafetensors(weights).tensors].filter(([name]) => !name.startsWith('classifier.'));
    const files = { config, weights: writeSafetensors(new Map(tensors)) };
    for (const source of [files, await load(files)]) {
      expect((await failure(() => pipeline('text-classification', source), 'missing')).message).toBe(
        'This model has no classification head, which the task text-classification needs: its weights lack ' +
          'classifier.dense and classifier.out_proj.',
      );
    }
  });

  it('passes the signal and the batch size on', async () => {
    const classify = await pipeline('text-classification', await load(tinyModel()));
    await failure(() => classify(['a', 'b'], { signal: AbortSignal.abort() }), 'aborted');
    await failure(() => classify(['a', 'b'], { batchSize: 0 }), 'argument');
    expect(await classify(['a', 'b'], { batchSize: 1 })).toEqual(await classify(['a', 'b']));
  });
});

describe('feature-extraction', () => {
  it('gives what the model gives', async () => {
    const model = await load(tinyModel({ sentence_embedding_size: 8 }));
    const extract = await pipeline('feature-extraction', model);
    expect(await extract('a text')).toEqual(await model.sentences(['a text']));
    expect(await extract(['a text', 'b'])).toEqual(await model.sentences(['a text', 'b']));
    expect(await extract([['a', 'b']])).toEqual(await model.sentences([['a', 'b']]));
    expect(await extract('a', { pooling: 'none' })).toEqual(await model.encode(['a']));
    expect(await extract('a', { pooling: 'max', normalize: true })).toEqual(
      await model.sentences(['a'], { pooling: 'max', normalize: true }),
    );
    expect({ ...(await extract([])) }).toEqual({ data: new Float32Array(), shape: [0, 8] });
    extract.dispose();
    await failure(() => extract('a'), 'disposed');
  });

  it.each<[string, Record<string, unknown>, number[]]>([
    ['hidden states where config.json says nothing', {}, [4, 30]],
    ['pooled states where config.json names a pooling', { pooling: 'cls' }, [1, 30]],
    ['a projected mean where there is a projection', { sentence_embedding_size: 8 }, [1, 8]],
    [
      'what config.json names of both',
      { sentence_embedding_size: 8, pooling: 'max', normalize: true },
      [1, 8],
    ],
  ])('gives, without options, %s', async (_, fields, shape) => {
    const model = await load(tinyModel(fields));
    const result = await (await pipeline('feature-extraction', model))('a text');
    expect(result.shape).toEqual(shape);
    expect(result.offsets).toEqual(shape[0] === 4 ? new Uint32Array([0, 4]) : undefined);
    if (fields.normalize) expect(Math.hypot(...result.data)).toBeCloseTo(1, 6);
    if (fields.pooling === 'max')
      expect(result).toEqual(await model.sentences(['a text'], { pooling: 'max' }));
  });

  it('refuses to normalise the states of single tokens', async () => {
    const extract = await pipeline('feature-extraction', await load(tinyModel()));
    await failure(() => extract('a', { normalize: true }), 'argument');
    await failure(() => extract('a', { pooling: 'sum' as 'max' }), 'argument');
  });
});

describe('token-classification', () => {
  const token_labels = ['O', 'PER', 'LOC'];
  const softmax = (row: readonly number[]) => {
    const powers = row.map((x) => Math.exp(x - Math.max(...row)));
    return powers.map((power) => power / powers.reduce((a, b) => a + b));
  };

  it('gives every token its best label, where it stands in the text and among those the model reads', async () => {
    const model = await load(tinyModel({ token_labels }));
    const tag = await pipeline('token-classification', model);
    const text = '  Ann met Bob-Lee in\tÀrhus. ';
    const logits = (await model.tokenLogits([text])).tolist()[0]!;
    const { tokens, offsets } = await model.tokenize(text);
    const expected = tokens.map((word, i) => {
      const scores = softmax(logits[i + 1]!);
      const best = scores.indexOf(Math.max(...scores));
      const [start, end] = offsets[i]!;
      return {
        entity: token_labels[best]!,
        score: expect.closeTo(scores[best]!, 5),
        index: i + 1,
        word,
        start,
        end,
      };
    });
    const all = await tag(text, { ignore_labels: [] });
    expect(all).toEqual(expected);
    expect(all.map(({ start, end }) => text.slice(start, end).toLowerCase())).toEqual(tokens);
    expect(await tag(text)).toEqual(expected.filter(({ entity }) => entity !== 'O'));
    expect(await tag(text, { ignore_labels: ['PER', 'LOC'] })).toEqual(
      expected.filter(({ entity }) => entity === 'O'),
    );
  });

  it('gives one text a list, many a list each, in whatever batches', async () => {
    const tag = await pipeline('ner', await load(tinyModel({ token_labels })));
    const texts = ['Ann', '', 'a b c d', '👩‍👩‍👧 Ann'];
    const many = await tag(texts, { ignore_labels: [], batchSize: 1 });
    expect(many.map((tokens) => tokens.length)).toEqual([1, 0, 4, 2]);
    expect(many[3]![1]!).toMatchObject({ word: 'ann', start: 9, end: 12, index: 2 });
    for (const [i, text] of texts.entries()) expect(await tag(text, { ignore_labels: [] })).toEqual(many[i]);
    expect(await tag([])).toEqual([]);
  });

  it('leaves out what was cut off, and says nothing of offsets in pieces of a vocabulary', async () => {
    const short = await pipeline('ner', tinyModel({ token_labels, max_length: 4 }));
    expect((await short('a b c d', { ignore_labels: [] })).map(({ word }) => word)).toEqual(['a', 'b']);
    const config = { variant: 'vocab', token_labels, max_position_embeddings: 40 };
    const model = await load({ ...tinyModel(config), tokenizer: wordPieces });
    const tagged = await (await pipeline('ner', model))('the unseen', { ignore_labels: [] });
    const { tokens } = await model.tokenize('the unseen');
    expect(tagged.map(({ word, index }) => [word, index])).toEqual(tokens.map((word, i) => [word, i + 1]));
    expect(tagged.every((token) => !('start' in token))).toBe(true);
  });

  it('refuses pairs, and needs a model that has the head', async () => {
    const tag = await pipeline('token-classification', await load(tinyModel({ token_labels })));
    const { message } = await failure(() => tag([['a', 'b']] as never), 'argument');
    expect(message).toContain('Text 0 must be a string');
    await failure(() => tag(['a', 5] as never), 'argument');
    await failure(() => tag('a', { ignore_labels: 'O' } as never), 'argument');
    const none = await failure(() => pipeline('token-classification'), 'argument');
    expect(none.message).toContain('No model that ships with this package does token-classification');
    const missing = await failure(() => pipeline('token-classification', 'sentiment'), 'missing');
    expect(missing.message).toContain('no token head, which the task token-classification needs');
  });
});

describe('sources', () => {
  it('names of shipped models are sources as others are', async () => {
    const classify = await pipeline('text-classification', 'sentiment');
    expect(await classify('A wonderful film.')).toEqual(
      await (await pipeline('sentiment-analysis'))('A wonderful film.'),
    );
    const extract = await pipeline('feature-extraction', 'sentence');
    expect((await extract('a')).dims).toEqual([1, 384]);
    const model = await HashFormer.load('sentiment');
    expect(model.labels).toEqual(['NEGATIVE', 'POSITIVE']);
    for (const { model } of [classify, extract]) model.dispose();
    model.dispose();
    await failure(() => pipeline('feature-extraction', './sentence'), 'source');
  });

  it.each(['Xenova/all-MiniLM-L6-v2', 'sentence-transformers/all-MiniLM-L6-v2', 'bert-base-uncased'])(
    'names of a hub are not downloaded: %s',
    async (name) => {
      const { message } = await failure(() => pipeline('feature-extraction', name), 'source');
      expect(message).toContain(`"${name}" is no model's folder`);
      expect(message).toContain(`names are not downloaded: give https://huggingface.co/${name}/resolve/main`);
    },
  );

  it('of a model that is loaded, options of loading are none', async () => {
    const model = await load(tinyModel());
    await failure(() => pipeline('text-classification', model, { tier: 'simd' }), 'argument');
    await pipeline('text-classification', model, { tier: undefined } as never);
  });

  it('a task goes by all names that transformers.js has for it', async () => {
    const model = await load(tinyModel());
    const text = async (name: TaskName) => String(await pipeline(name, model));
    expect(await text('embeddings')).toBe(await text('feature-extraction'));
    expect(await text('sentiment-analysis')).toBe(await text('text-classification'));
    expect(await text('ner')).toBe(await text('token-classification'));
  });
});

describe('the shipped models', () => {
  it('answer without a source: sentiment', async () => {
    const classify = await pipeline('sentiment-analysis');
    const texts = ['A wonderful, moving film.', 'A dull and lifeless film.'];
    expect(await classify(texts)).toEqual([
      { label: 'POSITIVE', score: expect.closeTo(1, 0) },
      { label: 'NEGATIVE', score: expect.closeTo(1, 0) },
    ]);
    const all = await classify(texts[0]!, { top_k: null });
    expect(total(all)).toBeCloseTo(1, 6);
    expect(classify.model.labels).toEqual(['NEGATIVE', 'POSITIVE']);
    classify.dispose();
  });

  it('answer without a source: 384 numbers of norm 1 a text', async () => {
    const extract = await pipeline('feature-extraction');
    const texts = ['A man plays the guitar.', 'Someone is playing guitar.', 'The stock market fell sharply.'];
    const { data, shape, offsets } = await extract(texts);
    expect([shape, offsets]).toEqual([[3, 384], undefined]);
    const vectors = [0, 1, 2].map((i) => data.subarray(i * 384, (i + 1) * 384));
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
    const cosine = (i: number, j: number) => vectors[i]!.reduce((sum, x, k) => sum + x * vectors[j]![k]!, 0);
    expect(cosine(0, 1)).toBeGreaterThan(cosine(0, 2) + 0.3);
    const alone = await extract(texts[1]!);
    expect(alone.shape).toEqual([1, 384]);
    expect(differingBits(alone.data, vectors[1]!)).toBe(0);
    extract.dispose();
  });

  it('are made anew for each pipeline, so that giving one up leaves the others', async () => {
    const [one, other] = [await pipeline('sentiment-analysis'), await pipeline('sentiment-analysis')];
    expect(one.model).not.toBe(other.model);
    expect(one.model).toBeInstanceOf(HashFormer);
    one.dispose();
    expect(await other('fine')).toHaveLength(1);
    other.dispose();
  });
});
