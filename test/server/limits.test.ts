// How much at a time, for how long, and what models do.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ReferenceBackend } from '../../src/backend/reference-backend.ts';
import { HashFormer, HashformerError, pipeline } from '../../src/index.ts';
import { createServer, type LogEntry, type ServerOptions } from '../../src/server/server.ts';
import { watchRuns } from '../watch-runs.ts';
import { ask, metric, post } from './ask.ts';

/** Float64 in plain JavaScript: more than anybody waits for. */
let slow: HashFormer;
let fast: HashFormer;
let folder: string;
const MANY = Array.from(
  { length: 2000 },
  (_, i) => `a long sentence about number ${i} and what follows from it`,
);

beforeAll(async () => {
  slow = (await pipeline('feature-extraction', undefined, { backend: 'reference' })).model;
  fast = (await pipeline('feature-extraction')).model;
  folder = await mkdtemp(join(tmpdir(), 'hashformer-server-'));
  await fast.save(join(folder, 'model'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const served = (options: ServerOptions = {}) =>
  createServer({ models: { fast, slow }, apiKey: null, ...options });
const many = (signal?: AbortSignal) => post('/v1/embeddings', { input: MANY, model: 'slow' }, {}, signal);
const few = () => post('/v1/embeddings', { input: 'a', model: 'fast' });

describe('time', () => {
  it('ends a request, and its work', async () => {
    const server = served({ timeout: 200 });
    const begun = watchRuns(ReferenceBackend);
    const { status, body } = await ask(server, many());
    expect([status, body.error.code, body.error.type]).toEqual([504, 'timeout', 'server_error']);
    expect(body.error.message).toContain('longer than 0.2 seconds');
    // Had the work gone on, its batches would come before this one; the one that was under way may end.
    const then = begun();
    await slow.sentences(['a']);
    expect(begun() - then).toBeLessThanOrEqual(2);
    expect((await ask(server, few())).status).toBe(200);
  });

  it('ends the wait for a body that does not come', async () => {
    const cancelled = vi.fn();
    const request = new Request('http://localhost/classify', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new ReadableStream({ cancel: cancelled }),
      duplex: 'half',
    } as RequestInit);
    const { status, body } = await ask(served({ timeout: 50 }), request);
    expect([status, body.error.code]).toEqual([408, 'timeout']);
    expect(cancelled).toHaveBeenCalledOnce();
  });

  it('ends the wait for a turn, and for a model', async () => {
    const server = served({ timeout: 300, concurrency: 1 });
    const answers = await Promise.all([ask(server, many()), ask(server, many())]);
    expect(answers.map(({ status }) => status)).toEqual([504, 504]);
    const never = createServer({ models: { never: () => new Promise(() => {}) }, apiKey: null, timeout: 50 });
    expect((await ask(never, post('/v1/embeddings', { input: 'a' }))).status).toBe(504);
  });

  it('is not spent on clients that have left', async () => {
    const server = served();
    const controller = new AbortController();
    watchRuns(ReferenceBackend, 1, () => controller.abort());
    const answer = ask(server, many(controller.signal));
    expect((await answer).status).toBe(499);
    const { body } = await ask(server, '/metrics');
    expect(metric(body, 'hashformer_requests_in_flight')).toBe(1);
    const left = await ask(server, post('/v1/embeddings', { input: 'a' }, {}, AbortSignal.abort()));
    expect(left.status).toBe(499);
  });
});

describe('concurrency', () => {
  it('lets as many wait as are allowed, and refuses the rest', async () => {
    const server = served({ concurrency: 2, maxQueue: 3 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(server, few())));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 503, 503, 503]);
    const { body, headers } = answers[7]!;
    expect([body.error.code, body.error.type, headers.get('retry-after')]).toEqual([
      'overloaded',
      'server_error',
      '1',
    ]);
    expect((await ask(server, few())).status).toBe(200);
  });

  it('answers short requests while a long one is computed', async () => {
    const server = served();
    const controller = new AbortController();
    let done = false;
    const long = ask(server, many(controller.signal)).then(() => {
      done = true;
    });
    for (let i = 0; i < 5; i++) expect((await ask(server, few())).status).toBe(200);
    expect((await ask(server, '/health')).status).toBe(200);
    expect(done).toBe(false);
    controller.abort();
    await long;
  });

  it('gives each of many the answer to its own text', async () => {
    const server = served({ concurrency: 3 });
    const texts = Array.from({ length: 100 }, (_, i) => `text ${i}`);
    const { data } = await fast.sentences(texts);
    const answers = await Promise.all(
      texts.map((text) => ask(server, post('/v1/embeddings', { input: text, model: 'fast' }))),
    );
    for (const [i, { body }] of answers.entries()) {
      expect(body.data[0].embedding).toEqual(Array.from(data.subarray(i * 384, (i + 1) * 384)));
    }
  });
});

describe('models', () => {
  it('are loaded on first use, once, or when asked to', async () => {
    const give = vi.fn(async () => join(folder, 'model'));
    const server = createServer({ models: { mine: give, sentiment: 'sentiment' }, apiKey: null });
    const health = async () => (await ask(server, '/health')).body;
    expect(await health()).toEqual({ status: 'ok', models: { mine: 'idle', sentiment: 'idle' } });
    const embed = () => ask(server, post('/v1/embeddings', { input: 'a', model: 'mine' }));
    const answers = await Promise.all([embed(), embed()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[0]!.body.data[0].embedding).toEqual(Array.from((await fast.sentences(['a'])).data));
    expect(give).toHaveBeenCalledOnce();
    expect((await health()).models).toEqual({ mine: 'ready', sentiment: 'idle' });
    await server.load();
    expect((await health()).models).toEqual({ mine: 'ready', sentiment: 'ready' });
  });

  it('that cannot be loaded are tried again, and the log says why', async () => {
    const log: LogEntry[] = [];
    let source = join(folder, 'none');
    const server = createServer({
      models: { mine: () => source },
      apiKey: null,
      log: (entry) => log.push(entry),
    });
    const embed = () => ask(server, post('/v1/embeddings', { input: 'a' }));
    const { status, body } = await embed();
    expect([status, body.error.code]).toEqual([503, 'model_unavailable']);
    expect(body.error.message).not.toContain(folder);
    expect(log[0]!.error).toMatch(/^source: .*none/);
    expect(await ask(server, '/health')).toMatchObject({
      status: 503,
      body: { status: 'unavailable', models: { mine: 'failed' } },
    });
    await expect(server.load()).rejects.toThrow(HashformerError);
    source = join(folder, 'model');
    expect((await embed()).status).toBe(200);
    expect((await ask(server, '/health')).status).toBe(200);
  });

  it('that fail say so in the log and not to clients', async () => {
    const log: LogEntry[] = [];
    const broken = await HashFormer.load(join(folder, 'model'));
    broken.dispose();
    const server = createServer({ models: { broken }, apiKey: null, log: (entry) => log.push(entry) });
    const { status, body } = await ask(server, post('/v1/embeddings', { input: 'a' }));
    expect([status, body.error.code, body.error.type]).toEqual([500, 'internal_error', 'server_error']);
    expect(log[0]!.error).toMatch(/^disposed: /);
  });

  it('without a name in the request are the one for the task, or the first', async () => {
    const chosen = async (models: ServerOptions['models'], path: string, body: object) =>
      (
        await ask(
          createServer({ ...(models === undefined ? {} : { models }), apiKey: null }),
          post(path, body),
        )
      ).body.model;
    const sentiment = 'sentiment';
    expect(await chosen({ sentiment, sentence: fast }, '/v1/embeddings', { input: 'a' })).toBe('sentence');
    expect(await chosen({ fast, slow }, '/v1/embeddings', { input: 'a' })).toBe('fast');
    expect(await chosen({ fast, sentiment }, '/classify', { texts: 'a' })).toBe('sentiment');
    expect(await chosen(undefined, '/classify', { texts: 'a' })).toBe('sentiment');
    expect(await chosen(undefined, '/v1/embeddings', { input: 'a' })).toBe('sentence');
  });
});

describe('closing', () => {
  it('finishes what runs, refuses what comes, and gives up its own models', async () => {
    const server = createServer({ models: { fast, own: join(folder, 'model') }, apiKey: null });
    await server.load();
    const running = Promise.all(Array.from({ length: 10 }, () => ask(server, few())));
    await new Promise((resolve) => setTimeout(resolve));
    const closed = server.close();
    expect((await ask(server, few())).status).toBe(503);
    expect((await ask(server, '/health')).body.status).toBe('stopping');
    expect((await ask(server, '/health/live')).status).toBe(200);
    expect((await running).map(({ status }) => status)).toEqual(new Array(10).fill(200));
    await closed;
    expect((await fast.sentences(['a'])).shape).toEqual([1, 384]);
  });
});

describe('options', () => {
  it.each([
    [{ models: {} }, 'an object of one model or more'],
    [{ models: [] }, 'an object of models by name'],
    [{ models: { 'a b': 'sentence' } }, 'letters, digits'],
    [{ maxTexts: 0 }, 'The option "maxTexts" must be a whole number from 1'],
    [{ timeout: Number.POSITIVE_INFINITY }, 'The option "timeout"'],
    [{ concurrency: '4' }, 'The option "concurrency"'],
    [{ maxQueue: -1 }, 'The option "maxQueue" must be a whole number from 0'],
    [{ apiKey: '' }, 'The option "apiKey" must be a string or several'],
    [{ apiKey: [] }, 'The option "apiKey" must be a string or several'],
    [{ apiKey: ['a', 5] }, 'The option "apiKey"'],
    [{ cors: true }, 'The option "cors"'],
    [{ log: 'all' }, 'The option "log" must be a function'],
    [5, 'The options must be an object'],
  ])('%j is refused', (options, sentence) => {
    expect(() => createServer(options as never)).toThrow(HashformerError);
    expect(() => createServer(options as never)).toThrow(sentence);
  });
});
