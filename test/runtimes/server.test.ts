// The packed tarball's server in Node, Deno and Bun, each with its own HTTP: npm run test:runtimes. Many clients ask for
// a minute, or for HASHFORMER_LOAD_SECONDS.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { describeUnless, itUnless, needsRuntime } from '../needs.ts';
import { packAndInstall } from '../package/install.ts';
import { load } from '../server/load.ts';
import { metricOf, type Running, serve } from '../server/process.ts';

const RUNTIMES = {
  Node: { binary: process.execPath, args: [], bare: [] },
  Deno: {
    binary: process.env.DENO,
    args: ['run', '--no-prompt', '--allow-net=127.0.0.1', '--allow-env=HASHFORMER_API_KEY'],
    bare: ['run', '--no-prompt'],
  },
  Bun: { binary: process.env.BUN, args: [], bare: [] },
} as const;
const SECONDS = Number(process.env.HASHFORMER_LOAD_SECONDS ?? (inject('thorough') ? 60 : 5));
/** Bytes that memory may grow by from the second third of the load to the last while nothing is kept. */
const NOISE = 48e6;

const { folder } = await packAndInstall();
const CLI = join(folder, 'node_modules', 'hashformer', 'dist', 'cli', 'main.js');
const start = (binary: string, args: readonly string[], ...options: string[]) =>
  serve(binary, [...args, CLI, 'serve', '--port', '0', ...options], { cwd: folder });

const TEXTS = ['How do I reset my password?', 'Ünïcödé 🎸', 'a '.repeat(100)];
/** Requests and what they must come to. */
const REQUESTS: [string, unknown, number][] = [
  ['/v1/embeddings', { input: TEXTS }, 200],
  ['/v1/embeddings', { input: TEXTS, encoding_format: 'base64' }, 200],
  ['/classify', { texts: [...TEXTS, ['a man eats', 'he eats']], top_k: null }, 200],
  ['/classify', { texts: 'fine' }, 200],
  ['/classify', { texts: [] }, 400],
  ['/v1/embeddings', { input: 'a', model: 'none' }, 404],
  ['/v1/embeddings', { input: 'a'.repeat(70_000) }, 413],
  ['/v1/embeddings', { input: 'a'.repeat(2_000_000) }, 413],
  ['/nowhere', {}, 404],
  ['/health', {}, 405],
];

function post(path: string, body: unknown, signal?: AbortSignal) {
  return fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function answers(address: string) {
  const results = [];
  for (const [path, body] of REQUESTS) {
    const response = await post(address + path, body);
    results.push({ path, status: response.status, body: await response.json() });
  }
  return results;
}

const PROGRAM = `
import { HashformerError } from 'hashformer';
import { createServer } from 'hashformer/server';
const server = createServer({ apiKey: null, maxTexts: 2 });
const post = (path, body) => server.fetch(new Request('http://localhost' + path, {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
}));
const said = [];
for (const [path, body] of ${JSON.stringify(REQUESTS)}) {
  const response = await post(path, body);
  said.push([response.status, await response.json()]);
}
try { createServer({ maxTexts: 0 }); } catch (error) { said.push(error instanceof HashformerError, error.message); }
console.log(JSON.stringify(said));
`;

let expected: Awaited<ReturnType<typeof answers>>;
let said: string;

function program(binary: string, args: readonly string[]): string {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  const { status, stdout, stderr } = spawnSync(binary, [...args, 'server.mjs'], {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(`exit ${status}: ${stderr}`);
  return stdout;
}

beforeAll(async () => {
  writeFileSync(join(folder, 'server.mjs'), PROGRAM);
  said = program(process.execPath, []);
  const node = await start(process.execPath, []);
  expected = await answers(node.address);
  node.child.kill('SIGTERM');
  await node.result;
}, 120_000);

const testServer =
  (name: string, { binary, args, bare }: (typeof RUNTIMES)[keyof typeof RUNTIMES]) =>
  () => {
    let running: Running;
    beforeAll(async () => {
      running = await start(binary!, args);
    });
    afterAll(async () => {
      running?.child.kill('SIGTERM');
      await running?.result;
    });

    it('answers what Node does, with the same numbers', async () => {
      const results = await answers(running.address);
      expect(results.map(({ status }) => status)).toEqual(REQUESTS.map(([, , status]) => status));
      expect(results).toEqual(expected);
      expect(await metricOf(running.address, 'process_resident_memory_bytes')).toBeGreaterThan(1e7);
    });

    itUnless(
      name === 'Deno' ? 'Deno does not tell that a client has left' : '',
      'stops the work of clients that leave',
      async () => {
        const texts = Array.from({ length: 2000 }, (_, i) => `sentence ${i} ${'of some words '.repeat(15)}`);
        const controller = new AbortController();
        const answer = post(`${running.address}/classify`, { texts }, controller.signal);
        while ((await metricOf(running.address, 'hashformer_requests_in_flight')) < 2);
        controller.abort();
        await expect(answer).rejects.toThrow('aborted');
        while ((await metricOf(running.address, 'hashformer_requests_in_flight')) > 1);
        const status = 'hashformer_requests_total{route="/classify",method="POST",status="499"}';
        expect(await metricOf(running.address, status)).toBe(1);
      },
    );

    it('says that a port is in use', async () => {
      const { port } = new URL(running.address);
      const again = serve(binary!, [...args, CLI, 'serve', '--lazy', '--port', port], { cwd: folder });
      await expect(again).rejects.toThrow(
        `exit 1: hashformer: error (source): Port ${port} of 127.0.0.1 is in use; name another with --port.\n`,
      );
    });

    it('answers what has been asked when it is stopped', async () => {
      const { address, child, result } = await start(binary!, args);
      const texts = Array.from({ length: 400 }, (_, i) => `film ${i} ${'is a long, slow mess '.repeat(5)}`);
      const answer = post(`${address}/classify`, { texts });
      while ((await metricOf(address, 'hashformer_requests_in_flight')) < 2);
      child.kill('SIGTERM');
      expect((await (await answer).json()).results).toHaveLength(400);
      expect(await result).toMatchObject({ code: 143, stdout: `${address}\n`, stderr: '' });
    });

    it('answers without a network from a program, with leave for nothing', () => {
      expect(JSON.parse(said)).toHaveLength(REQUESTS.length + 2);
      expect(program(binary!, bare)).toBe(said);
    });

    it(
      `answers 64 clients for ${SECONDS} seconds without an error, in memory that stays`,
      async () => {
        const { outcomes, before, after } = await load(running.address, SECONDS);
        console.log(JSON.stringify({ binary, outcomes, before, after }));
        expect(Object.keys(outcomes)).toEqual(['200']);
        expect(after - before).toBeLessThan(NOISE);
      },
      (SECONDS + 60) * 1000,
    );
  };
for (const [name, runtime] of Object.entries(RUNTIMES)) {
  const missing = name === 'Node' ? '' : needsRuntime(name.toUpperCase());
  describeUnless(missing, `hashformer serve in ${name}`, testServer(name, runtime));
}
