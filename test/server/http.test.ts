// The command line's server over real connections: OpenAI's own client, clients that leave, and many of them.

import { once } from 'node:events';
import { connect } from 'node:net';
import OpenAI, { AuthenticationError, BadRequestError, NotFoundError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HashFormer, pipeline } from '../../src/index.ts';
import { CLI } from '../cli/run.ts';
import { load } from './load.ts';
import { metricOf, type Running, serve } from './process.ts';

const KEY = 'k3y';
const TEXTS = ['How do I reset my password?', 'a man plays a guitar', '日本語 text'];
/** Bytes that memory may grow by while nothing is kept: what the collector of garbage leaves lying. */
const NOISE = 48e6;
const SECONDS = Number(process.env.HASHFORMER_LOAD_SECONDS ?? 4);

let sentence: HashFormer;
let open: Running;
let keyed: Running;
beforeAll(async () => {
  sentence = (await pipeline('feature-extraction')).model;
  [open, keyed] = await Promise.all([
    serve(process.execPath, [CLI, 'serve', '--port', '0']),
    serve(process.execPath, [CLI, 'serve', '--port', '0', '--host', '::1', '--max-body', '2000'], {
      env: { ...process.env, HASHFORMER_API_KEY: KEY },
    }),
  ]);
});
afterAll(async () => {
  for (const { child } of [open, keyed]) child.kill('SIGTERM');
  await Promise.all([open.result, keyed.result]);
});

describe("OpenAI's client", () => {
  const client = (apiKey = KEY) => new OpenAI({ baseURL: `${keyed.address}/v1`, apiKey, maxRetries: 0 });

  it.each(['float', 'base64', undefined] as const)('gets the vectors of the model as %s', async (format) => {
    const { data } = await sentence.sentences(TEXTS);
    const { data: rows, usage } = await client().embeddings.create({
      model: 'sentence',
      input: TEXTS,
      ...(format === undefined ? {} : { encoding_format: format }),
    });
    const floats = rows.map(({ embedding }) => {
      // What was asked for as base64 is not decoded by the client.
      if (format !== 'base64') return embedding;
      const bytes = Buffer.from(embedding as unknown as string, 'base64');
      return Array.from({ length: 384 }, (_, i) => bytes.readFloatLE(i * 4));
    });
    expect(floats).toEqual(TEXTS.map((_, i) => Array.from(data.subarray(i * 384, (i + 1) * 384))));
    expect(usage.prompt_tokens).toBeGreaterThan(TEXTS.length * 2);
  });

  it('lists models, and gets errors of its own classes', async () => {
    const names = [];
    for await (const { id } of client().models.list()) names.push(id);
    expect(names).toEqual(['sentence', 'sentiment']);
    expect((await client().models.retrieve('sentence')).owned_by).toBe('hashformer');
    const embed = (model: string, input: string | number[], key?: string) =>
      client(key).embeddings.create({ model, input });
    await expect(embed('none', 'a')).rejects.toThrow(NotFoundError);
    await expect(embed('sentence', [1, 2])).rejects.toThrow(BadRequestError);
    await expect(embed('sentence', 'a', 'wrong')).rejects.toThrow(AuthenticationError);
    await expect(embed('none', 'a')).rejects.toMatchObject({ code: 'model_not_found', param: 'model' });
  });
});

describe('connections', () => {
  it('that send more than is taken are answered, also without an end', async () => {
    const send = (body: BodyInit) =>
      fetch(`${keyed.address}/classify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
        body,
        duplex: 'half',
      } as RequestInit);
    expect((await send(JSON.stringify({ texts: 'a'.repeat(2000) }))).status).toBe(413);
    const chunks = Array.from({ length: 50 }, () => new TextEncoder().encode(' '.repeat(100)));
    const stream = new ReadableStream({
      pull: (controller) => {
        const chunk = chunks.shift();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    });
    expect((await send(stream)).status).toBe(413);
    expect((await send(JSON.stringify({ texts: 'a' }))).status).toBe(200);
  });

  it('that break off stop the work', async () => {
    const texts = Array.from({ length: 2000 }, (_, i) => `sentence ${i} ${'of some words '.repeat(15)}`);
    const controller = new AbortController();
    const answer = fetch(`${open.address}/classify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ texts, model: 'sentiment' }),
      signal: controller.signal,
    });
    while ((await metricOf(open.address, 'hashformer_requests_in_flight')) < 2);
    controller.abort();
    await expect(answer).rejects.toThrow('aborted');
    while ((await metricOf(open.address, 'hashformer_requests_in_flight')) > 1);
    const status = 'hashformer_requests_total{route="/classify",method="POST",status="499"}';
    expect(await metricOf(open.address, status)).toBe(1);
  });

  it('that speak no HTTP, or leave in the middle of a body, harm nobody', async () => {
    const { port } = new URL(open.address);
    const say = async (said: string) => {
      const socket = connect(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(said);
      return socket;
    };
    const stranger = await say('hello\r\n\r\n');
    expect(String(await once(stranger, 'data'))).toMatch(/^HTTP\/1\.1 400 /);
    stranger.destroy();
    const quitter = await say(
      'POST /classify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"te',
    );
    while ((await metricOf(open.address, 'hashformer_requests_in_flight')) < 2);
    quitter.destroy();
    expect((await fetch(`${open.address}/health`)).status).toBe(200);
    while ((await metricOf(open.address, 'hashformer_requests_in_flight')) > 1);
  });
});

it(`64 clients for ${SECONDS} seconds get no error, and memory stays`, async () => {
  const { outcomes, before, after } = await load(open.address, SECONDS);
  console.log(JSON.stringify({ outcomes, before, after }));
  expect(Object.keys(outcomes)).toEqual(['200']);
  expect(outcomes['200']).toBeGreaterThan(SECONDS * 20);
  expect(after - before).toBeLessThan(NOISE);
}, 120_000);
