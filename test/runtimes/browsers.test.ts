// Chromium and Firefox, as they are installed or as the variables CHROMIUM and FIREFOX name them: the scenario in a page, a
// module worker and a service worker, all under a content security policy that lets nothing run but what is ours and wasm.

import { accessSync, constants, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, extname, join } from 'node:path';
import { build } from 'esbuild';
import puppeteer, { type Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../cli/run.ts';
import { recordScenario } from '../digest/record.ts';
import { describeUnless } from '../needs.ts';
import { bundle } from './bundle.ts';
import { importPackage, scenarioInNode } from './node.ts';
import { scenarioOverHttp } from './scenario.ts';

const BROWSERS = {
  Chromium: { names: ['chromium', 'chromium-browser', 'google-chrome'], engine: 'V8', browser: 'chrome' },
  Firefox: { names: ['firefox-esr', 'firefox'], engine: 'SpiderMonkey', browser: 'firefox' },
} as const;

/** The path of an installed browser. */
function find(name: string, names: readonly string[]): string | undefined {
  const given = process.env[name.toUpperCase()];
  if (given !== undefined) return given;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names
    .flatMap((one) => folders.map((folder) => join(folder, one)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

const POLICY = "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.html': 'text/html' };
const HTML = '<!doctype html><title>test</title><script type="module" src="/page.js"></script>';

/** What is done in every place. */
const WORK = `
  import { scenario, scenarioOverHttp } from './scenario.ts';
  export async function work(hashformer) {
    const texts = await (await fetch('/test/digest/sentences.json')).json();
    return {
      result: await scenario(hashformer, { texts }),
      overHttp: await scenarioOverHttp(hashformer, location.origin + '/models'),
    };
  }`;

/** Does what its address asks for, and sends the server what came of it. */
const PAGE = `
  const places = {
    async page() {
      const { work } = await import('/work.js');
      return work(await import('/dist/web/index.js'));
    },
    worker: () => new Promise((resolve, reject) => {
      const worker = new Worker('/worker.js', { type: 'module' });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    }),
    async service() {
      await controlled('/service-worker.js');
      return (await fetch('/service/scenario')).json();
    },
    async core() {
      await controlled('/core-worker.js');
      return (await fetch('/core/classify?text=a+gorgeous,+witty,+seductive+movie')).json();
    },
    async policy() {
      try {
        return String(globalThis.eval('1'));
      } catch ({ name }) {
        return name;
      }
    },
    async forbidden() {
      const { pipeline } = await import('/dist/web/index.js');
      return pipeline('text-classification').catch(({ name, code, message }) => ({ name, code, message }));
    },
  };
  async function controlled(script) {
    await navigator.serviceWorker.register(script, { scope: location.pathname });
    while (!navigator.serviceWorker.controller) await new Promise((wake) => setTimeout(wake, 20));
  }
  const answer = await places[location.pathname.split('/')[1]]().catch((error) => String(error.stack ?? error));
  await fetch('/answer', { method: 'POST', body: JSON.stringify(answer) });`;

const WORKER = `
  import * as hashformer from '/dist/web/index.js';
  import { work } from '/work.js';
  work(hashformer).then(postMessage, (error) => postMessage(String(error.stack)));`;

/** The whole package in one classic script: service workers may not import on first use. */
const SERVICE_WORKER = `
  import * as hashformer from 'hashformer';
  import { work } from './test/runtimes/work';
  addEventListener('activate', (event) => event.waitUntil(clients.claim()));
  addEventListener('fetch', (event) => {
    if (new URL(event.request.url).pathname !== '/service/scenario') return;
    const answer = work(hashformer).catch((error) => String(error.stack));
    event.respondWith(answer.then((value) => Response.json(value)));
  });`;

/** As the README has it. */
const CORE_WORKER = `
  import { pipeline, useWasm } from 'hashformer/core';
  const ready = useWasm(fetch('/dist/wasm/simd.wasm')).then(() => pipeline('text-classification', '/models/sentiment'));
  async function answer(text) {
    const classify = await ready;
    return Response.json(await classify(text));
  }
  addEventListener('fetch', (event) => {
    const { pathname, searchParams } = new URL(event.request.url);
    if (pathname.endsWith('/classify')) event.respondWith(answer(searchParams.get('text')));
  });
  addEventListener('activate', (event) => event.waitUntil(clients.claim()));`;

/** A service worker in one file, without splitting. */
async function bundleWorker(contents: string): Promise<string> {
  const { outputFiles, warnings } = await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'silent',
    plugins: [
      {
        name: 'work',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /\/work$/ }, ({ path }) => ({ path, namespace: 'work' }));
          onLoad({ filter: /.*/, namespace: 'work' }, async () => ({ contents: await bundle(WORK) }));
        },
      },
    ],
  });
  expect(warnings).toEqual([]);
  return outputFiles[0]!.text;
}

/** The files of the repository, those of the test, and models on a bad line. */
async function contentOf(path: string): Promise<string | Buffer> {
  if (path === '/page.js') return PAGE;
  if (path === '/worker.js') return WORKER;
  if (path === '/work.js') return bundle(WORK);
  if (path === '/service-worker.js') return bundleWorker(SERVICE_WORKER);
  if (path === '/core-worker.js') return bundleWorker(CORE_WORKER);
  if (path.startsWith('/models/truncated/')) {
    const file = await readFile(`${ROOT}${path.replace('truncated', 'sentiment')}`);
    return path.endsWith('.json') ? file : file.subarray(0, 300_000);
  }
  return readFile(`${ROOT}${path}`);
}

let answered: (answer: unknown) => void;

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url!.split('?')[0]!;
  if (request.method === 'POST') {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    response.end();
    answered(JSON.parse(Buffer.concat(chunks).toString()));
    return;
  }
  if (path.startsWith('/models/broken/')) {
    response.writeHead(500).end();
    return;
  }
  const page = path.endsWith('/');
  const content = page ? HTML : await contentOf(path).catch(() => undefined);
  response.writeHead(content === undefined ? 404 : 200, {
    'content-type': page ? 'text/html' : (TYPES[extname(path)] ?? 'application/octet-stream'),
    'content-security-policy': path === '/forbidden/' ? POLICY.replace(" 'wasm-unsafe-eval'", '') : POLICY,
    'service-worker-allowed': '/',
  });
  response.end(content);
}

let server: Server;
let address: string;
let inNode: { result: unknown; overHttp: Awaited<ReturnType<typeof scenarioOverHttp>> };

beforeAll(async () => {
  server = createServer(respond);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const overHttp = await scenarioOverHttp(await importPackage(), `${address}/models`);
  inNode = { result: await scenarioInNode(), overHttp };
}, 600_000);
afterAll(() => {
  server.close();
});

it('says what is wrong with a download', () => {
  const { size } = statSync(`${ROOT}/models/sentiment/model.safetensors`);
  expect(inNode.overHttp.errors).toEqual({
    truncated: `weights: model.safetensors is truncated: its header promises ${size} bytes, the file has 300000; download it again.`,
    empty:
      'source: "/empty" is no model\'s folder: it has no config.json (a model.safetensors belongs beside it).',
    broken: 'source: /broken/config.json could not be fetched: the server answered 500.',
  });
});

const testBrowser = (name: keyof typeof BROWSERS, executablePath: string | undefined) => () => {
  const { engine, browser: kind } = BROWSERS[name];
  let browser: Browser;

  beforeAll(async () => {
    browser = await puppeteer.launch({
      ...{ browser: kind, executablePath: executablePath!, headless: true, protocolTimeout: 600_000 },
      args: kind === 'chrome' ? ['--no-sandbox', '--disable-quic'] : [],
    });
  }, 120_000);
  afterAll(() => browser?.close());

  /** What the page of a place has to say. */
  async function ask(place: string): Promise<unknown> {
    const answer = new Promise((resolve) => {
      answered = resolve;
    });
    const page = await browser.newPage();
    await page.goto(`${address}/${place}/`);
    const value = await answer;
    await page.close();
    return value;
  }

  it('keeps to the policy', async () => {
    expect(await ask('policy')).toBe('EvalError');
    expect(await ask('forbidden')).toMatchObject({ name: 'HashformerError', code: 'tier' });
  });

  it.each(['page', 'worker', 'service'])(
    'does in a %s what Node does, bit for bit',
    async (place) => {
      const answer = await ask(place);
      expect(answer).toEqual(inNode);
      if (place === 'page') {
        const version = (await browser.version()).replace(/^\D*/, '');
        recordScenario(`${name} ${version}`, engine, inNode.result as never);
      }
    },
    600_000,
  );

  it('answers from a small service worker of hashformer/core', async () => {
    expect(await ask('core')).toEqual([{ label: 'POSITIVE', score: 0.9986592531204224 }]);
    expect((await bundleWorker(CORE_WORKER)).length).toBeLessThan(180_000);
  });
};
for (const name of ['Chromium', 'Firefox'] as const) {
  const path = find(name, BROWSERS[name].names);
  describeUnless(path === undefined ? `no ${name} is installed` : '', name, testBrowser(name, path));
}
