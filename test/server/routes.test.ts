import { beforeAll, describe, expect, it } from 'vitest';
import { HashFormer, pipeline } from '../../src/index.ts';
import { createServer, type LogEntry, type Server } from '../../src/server/server.ts';
import { tinyModel } from '../helpers.ts';
import { ask, metric, post } from './ask.ts';

const TEXTS = ['a man plays a guitar', 'Ünïcödé 🎸', 'a', '  ', 'the stock market fell'];

let sentence: HashFormer;
let sentiment: HashFormer;
let server: Server;
beforeAll(async () => {
  sentence = (await pipeline('feature-extraction')).model;
  sentiment = (await pipeline('text-classification')).model;
  server = createServer({ models: { sentence, sentiment }, apiKey: null });
});

describe('POST /v1/embeddings', () => {
  it('gives the vectors of the model, as numbers and as base64', async () => {
    const { data } = await sentence.sentences(TEXTS);
    const rows = TEXTS.map((_, i) => Array.from(data.subarray(i * 384, (i + 1) * 384)));
    const { status, body } = await ask(server, post('/v1/embeddings', { input: TEXTS, model: 'sentence' }));
    expect(status).toBe(200);
    expect(body.data.map(({ embedding }: { embedding: number[] }) => embedding)).toEqual(rows);
    expect(body.data.map(({ object, index }: Record<string, unknown>) => [object, index])).toEqual(
      TEXTS.map((_, i) => ['embedding', i]),
    );
    // <s> and </s> are counted too.
    let tokens = 2 * TEXTS.length;
    for (const text of TEXTS) tokens += (await sentence.tokenize(text)).tokens.length;
    expect(body.usage.prompt_tokens).toBe(tokens);
    expect(body).toMatchObject({ object: 'list', model: 'sentence', usage: { total_tokens: tokens } });
    const coded = await ask(server, post('/v1/embeddings', { input: TEXTS, encoding_format: 'base64' }));
    const floats = coded.body.data.map(({ embedding }: { embedding: string }) => {
      const bytes = Buffer.from(embedding, 'base64');
      return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
    });
    expect(floats).toEqual(rows);
  });

  it('takes one text, the size that vectors have, and any model by name', async () => {
    const one = await ask(server, post('/v1/embeddings', { input: 'a', dimensions: 384, user: 'x' }));
    expect(one.body.data).toHaveLength(1);
    const other = await ask(server, post('/v1/embeddings', { input: 'a', model: 'sentiment' }));
    expect(other.body.data[0].embedding).toEqual(Array.from((await sentiment.sentences(['a'])).data));
  });
});

describe('POST /classify', () => {
  it.each([
    ['a superb film', 1],
    [['a superb film', 'a dull mess'], 1],
    [['a superb film', ['a man eats', 'he eats']], null],
    [[['a man eats', 'he eats']], 2],
  ] as const)('answers %j with top_k %j as the pipeline does', async (texts, top_k) => {
    const classify = await pipeline('text-classification', sentiment);
    const { status, body } = await ask(server, post('/classify', { texts, top_k }));
    expect(status).toBe(200);
    expect(body.results).toEqual(await classify(texts as never, { top_k }));
    expect(body.model).toBe('sentiment');
    expect(body.usage.total_tokens).toBeGreaterThan(2);
  });

  it('refuses a model that has no labels', async () => {
    const { status, body } = await ask(server, post('/classify', { texts: 'a', model: 'sentence' }));
    expect([status, body.error.code, body.error.param]).toEqual([400, 'unsupported_model', 'model']);
    expect(body.error.message).toContain('no classification head');
  });
});

describe('POST /tag', () => {
  it('is there because the task is', async () => {
    const model = await HashFormer.load(tinyModel({ token_labels: ['O', 'X'] }));
    const tagging = createServer({ models: { tiny: model, sentiment }, apiKey: null });
    const tag = await pipeline('token-classification', model);
    const texts = ['Ann met Bob', 'a'];
    const all = await ask(tagging, post('/tag', { texts, ignore_labels: [] }));
    expect([all.status, all.body.results]).toEqual([200, await tag(texts, { ignore_labels: [] })]);
    const one = await ask(tagging, post('/tag', { texts: texts[0] }));
    expect(one.body.results).toEqual(await tag(texts[0]!));
    const wrong = await ask(tagging, post('/tag', { texts, model: 'sentiment' }));
    expect([wrong.status, wrong.body.error.code]).toEqual([400, 'unsupported_model']);
    const pair = await ask(tagging, post('/tag', { texts: [['a', 'b']] }));
    expect([pair.status, pair.body.error.param]).toEqual([400, 'texts']);
    const names = await ask(tagging, post('/tag', { texts, ignore_labels: 'O' }));
    expect([names.status, names.body.error.param]).toEqual([400, 'ignore_labels']);
    const { routes } = (await ask(tagging, '/')).body;
    expect(routes['POST /tag']).toBe('labels of tokens: { texts, model?, ignore_labels? }');
    expect(routes['POST /classify']).toBe('labels of texts and pairs: { texts, model?, top_k?, topK? }');
    model.dispose();
  });
});

describe('what is refused', () => {
  it('fields that mean nothing, as OpenAI refuses them', async () => {
    for (const [path, body, param, help] of [
      ['/v1/embeddings', { input: 'a', encoding: 'float' }, 'encoding', ', only "input", "model"'],
      ['/v1/embeddings', { inputs: 'a' }, 'inputs', ' (did you mean "input"?)'],
      ['/classify', { texts: 'a', topk: 2 }, 'topk', ' (did you mean "top_k"?)'],
    ] as const) {
      const { status, body: answer } = await ask(server, post(path, body));
      expect([status, answer.error.code, answer.error.param]).toEqual([400, 'unknown_parameter', param]);
      expect(answer.error.message).toContain(`There is no field "${param}" here${help}`);
    }
  });

  const embeddings: [unknown, number, string, string | null, RegExp][] = [
    ['{"input":', 400, 'invalid_json', null, /not JSON/],
    ['', 400, 'invalid_json', null, /not JSON/],
    ['[]', 400, 'invalid_json', null, /JSON object/],
    ['null', 400, 'invalid_json', null, /JSON object/],
    ['['.repeat(500_000), 400, 'invalid_json', null, /not JSON/],
    [{}, 400, 'invalid_value', 'input', /string or an array of strings, but "input" is undefined/],
    [{ input: [] }, 400, 'invalid_value', 'input', /is empty/],
    [{ input: '' }, 400, 'invalid_value', 'input', /"input" is an empty text/],
    [{ input: ['a', ''] }, 400, 'invalid_value', 'input', /"input\[1\]" is an empty text/],
    [{ input: [1, 2] }, 400, 'invalid_value', 'input', /token ids/],
    [{ input: [[1, 2]] }, 400, 'invalid_value', 'input', /token ids/],
    [{ input: [['a', 'b']] }, 400, 'invalid_value', 'input', /an array of 2/],
    [{ input: { text: 'a' } }, 400, 'invalid_value', 'input', /an object/],
    [{ input: ['a', null] }, 400, 'invalid_value', 'input', /"input\[1\]" is null/],
    [{ input: 'a', encoding_format: 'hex' }, 400, 'invalid_value', 'encoding_format', /"hex"/],
    [{ input: 'a', dimensions: 100 }, 400, 'invalid_value', 'dimensions', /have 384/],
    [{ input: 'a', dimensions: '384' }, 400, 'invalid_value', 'dimensions', /"384"/],
    [{ input: 'a', model: 5 }, 400, 'invalid_type', 'model', /must be a string/],
    [{ input: 'a', model: 'gpt' }, 404, 'model_not_found', 'model', /only sentence, sentiment/],
    [{ input: 'a', model: '__proto__' }, 404, 'model_not_found', 'model', /no model/],
    [{ input: new Array(2049).fill('a') }, 413, 'too_large', 'input', /2049 texts, but 2048/],
    [{ input: 'a'.repeat(65_537) }, 413, 'too_large', 'input', /65537 characters/],
    [{ input: 'a'.repeat(1_048_576) }, 413, 'too_large', null, /1048576 bytes/],
  ];
  const named = embeddings.map((row) => [JSON.stringify(row[0]).slice(0, 60), ...row] as const);
  it.each(named)('%s', async (_, body, status, code, param, message) => {
    const answer = await ask(server, post('/v1/embeddings', body));
    expect([answer.status, answer.body.error.code, answer.body.error.param]).toEqual([status, code, param]);
    expect(answer.body.error.message).toMatch(message);
    expect(answer.body.error.type).toBe('invalid_request_error');
  });

  it.each([
    [{ texts: 'a', top_k: 0 }, 'top_k'],
    [{ texts: 'a', top_k: '2' }, 'top_k'],
    [{ texts: ['a', ['b', 'c', 'd']] }, 'texts'],
    [{ texts: [['', '']] }, 'texts'],
    [{ text: 'a' }, 'text'],
    [{}, 'texts'],
    [{ texts: 'a', topk: 3 }, 'topk'],
  ])('/classify with %j', async (body, param) => {
    const answer = await ask(server, post('/classify', body));
    expect([answer.status, answer.body.error.param]).toEqual([400, param]);
  });

  it('other types of content, also compressed', async () => {
    for (const headers of [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'application/jsonp' },
      { 'content-encoding': 'gzip' },
    ] as Record<string, string>[]) {
      const { status, body } = await ask(server, post('/classify', { texts: 'a' }, headers));
      expect([status, body.error.code]).toEqual([415, 'unsupported_media_type']);
    }
    for (const type of ['application/json; charset=utf-8', 'Application/JSON', 'application/ld+json']) {
      expect((await ask(server, post('/classify', { texts: 'a' }, { 'content-type': type }))).status).toBe(
        200,
      );
    }
  });

  it('bodies that are not UTF-8, in pieces, and beyond the limit without a Content-Length', async () => {
    const streamed = (...chunks: (Uint8Array | string)[]) =>
      new Request('http://localhost/classify', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: new ReadableStream({
          pull(controller) {
            const chunk = chunks.shift();
            if (chunk === undefined) controller.close();
            else controller.enqueue(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
          },
        }),
        duplex: 'half',
      } as RequestInit);
    expect((await ask(server, streamed('{"texts":"a', new Uint8Array([0xff]), '"}'))).status).toBe(400);
    // A character cut in two.
    const halves = [new Uint8Array([0xc3]), new Uint8Array([0xa9])];
    expect((await ask(server, streamed('{"texts":"caf', ...halves, '"}'))).status).toBe(200);
    const endless = streamed('{"texts":"', ...new Array(100).fill('a'.repeat(100_000)));
    const { status, body } = await ask(server, endless);
    expect([status, body.error.code]).toEqual([413, 'too_large']);
  });

  it('unknown routes, and methods', async () => {
    expect((await ask(server, '/v1/chat/completions')).body.error.code).toBe('unknown_url');
    for (const path of ['/v1/embeddings', '/classify']) {
      const { status, headers } = await ask(server, path);
      expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    }
    for (const path of ['/', '/health', '/v1/models', '/metrics', '/v1/models/sentence']) {
      const { status, headers } = await ask(server, post(path, {}));
      expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
    const head = await ask(server, new Request('http://localhost/health', { method: 'HEAD' }));
    expect([head.status, head.body]).toEqual([200, null]);
  });

  it('does not repeat what texts say, in answers or in the log', async () => {
    const log: LogEntry[] = [];
    const logged = createServer({
      models: { sentence },
      apiKey: null,
      maxTextLength: 10,
      log: (e) => log.push(e),
    });
    const answers = [
      await ask(logged, post('/v1/embeddings', { input: 'my secret is long' })),
      await ask(logged, post('/v1/embeddings', '{"input": my secret')),
      await ask(logged, post('/my/secret?secret', {})),
      await ask(logged, post('/v1/embeddings', { input: 'secret' })),
    ];
    expect(answers.map(({ status }) => status)).toEqual([413, 400, 404, 200]);
    expect(JSON.stringify([log, answers])).not.toContain('secret');
    expect(log.map(({ route, status }) => [route, status])).toEqual([
      ['/v1/embeddings', 413],
      ['/v1/embeddings', 400],
      ['other', 404],
      ['/v1/embeddings', 200],
    ]);
  });
});

describe('API keys', () => {
  const open = ['/', '/health', '/health/live'];
  const guarded = ['/v1/models', '/v1/models/sentence', '/metrics', '/nowhere'];

  it('guard what costs or tells', async () => {
    const keyed = createServer({ models: { sentence }, apiKey: ['first', 'second'] });
    for (const path of open) expect((await ask(keyed, path)).status).toBe(200);
    for (const path of guarded) {
      const { status, body, headers } = await ask(keyed, path);
      expect([status, body.error.code, body.error.type]).toEqual([
        401,
        'missing_api_key',
        'authentication_error',
      ]);
      expect(headers.get('www-authenticate')).toBe('Bearer');
    }
    const embed = (authorization: string) =>
      ask(keyed, post('/v1/embeddings', { input: 'a' }, { authorization }));
    for (const wrong of [
      'Bearer third',
      'Bearer firs',
      'Bearer first2',
      'Bearer',
      'Basic first',
      'first',
      '',
    ]) {
      expect((await embed(wrong)).status).toBe(401);
    }
    for (const right of ['Bearer first', 'bearer second', 'Bearer  first ']) {
      expect((await embed(right)).status).toBe(200);
    }
  });

  it('come from the environment, of the process and of the request', async () => {
    const server = createServer({ models: { sentence } });
    expect((await ask(server, '/v1/models')).status).toBe(200);
    expect((await ask(server, '/v1/models', { HASHFORMER_API_KEY: 'bound' })).status).toBe(401);
    process.env.HASHFORMER_API_KEY = 'variable';
    try {
      expect((await ask(server, '/v1/models')).status).toBe(401);
      const request = new Request('http://localhost/v1/models', {
        headers: { authorization: 'Bearer variable' },
      });
      expect((await ask(server, request)).status).toBe(200);
    } finally {
      delete process.env.HASHFORMER_API_KEY;
    }
  });
});

describe('other routes', () => {
  it('lists models', async () => {
    const { body } = await ask(server, '/v1/models');
    expect(body.data.map(({ id, object }: Record<string, unknown>) => [id, object])).toEqual([
      ['sentence', 'model'],
      ['sentiment', 'model'],
    ]);
    expect((await ask(server, '/v1/models/sentence')).body).toEqual(body.data[0]);
    expect((await ask(server, '/v1/models/none')).status).toBe(404);
  });

  it('lists routes, each of which is there', async () => {
    const { body } = await ask(server, '/');
    expect(Object.keys(body.routes)).toHaveLength(9);
    for (const route of Object.keys(body.routes)) {
      const [method, path] = route.split(' ') as [string, string];
      const request = new Request(`http://localhost${path}`, { method });
      const { status } = await ask(server, request);
      // A post without a body is asked for JSON, and there is no model ":model".
      expect([path, status]).toEqual([path, method === 'POST' ? 415 : path.includes(':') ? 404 : 200]);
    }
  });

  it('counts in /metrics', async () => {
    const counted = createServer({ models: { sentence }, apiKey: null });
    const long = 'word '.repeat(100);
    await ask(counted, post('/v1/embeddings', { input: ['a b', long] }));
    await ask(counted, post('/v1/embeddings', { input: [] }));
    await ask(counted, '/nowhere');
    const { body, headers } = await ask(counted, '/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const value = (name: string) => metric(body, name);
    expect(value('hashformer_requests_total{route="/v1/embeddings",method="POST",status="200"}')).toBe(1);
    expect(value('hashformer_requests_total{route="/v1/embeddings",method="POST",status="400"}')).toBe(1);
    expect(value('hashformer_requests_total{route="other",method="GET",status="404"}')).toBe(1);
    expect(value('hashformer_texts_total{model="sentence"}')).toBe(2);
    expect(value('hashformer_tokens_total{model="sentence"}')).toBe(4 + 64);
    expect(value('hashformer_truncated_texts_total{model="sentence"}')).toBe(1);
    expect(value('hashformer_request_duration_seconds_count{route="/v1/embeddings"}')).toBe(2);
    expect(value('hashformer_request_duration_seconds_bucket{route="/v1/embeddings",le="+Inf"}')).toBe(2);
    expect(value('hashformer_requests_in_flight')).toBe(1);
    expect(value('hashformer_model_memory_bytes{model="sentence"}')).toBe(sentence.memoryBytes);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e7);
    for (const line of body.trim().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? [\d.e+-]+)$/);
    }
  });

  it('allows pages of other origins only where it is told to', async () => {
    const request = (method: string) =>
      new Request('http://localhost/classify', {
        method,
        headers: { origin: 'https://my.org', 'access-control-request-method': 'POST' },
      });
    expect((await ask(server, request('OPTIONS'))).headers.get('access-control-allow-origin')).toBeNull();
    for (const [cors, allowed] of [
      ['*', '*'],
      [['https://my.org'], 'https://my.org'],
      ['https://other.org', null],
    ] as const) {
      const shared = createServer({ models: { sentence }, apiKey: 'k', cors });
      const preflight = await ask(shared, request('OPTIONS'));
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([
        204,
        allowed,
      ]);
      // A page must be able to read why it was refused.
      const refused = await ask(shared, request('POST'));
      expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, allowed]);
    }
  });
});
