// The packed tarball in Cloudflare's workerd: what `wrangler deploy` would upload, started as it is. WRANGLER names
// wrangler's program, beside which miniflare is installed.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { recordScenario } from '../digest/record.ts';
import { describeUnless, needsRuntime } from '../needs.ts';
import { packAndInstall } from '../package/install.ts';
import { bundle } from './bundle.ts';
import { type ScenarioResult, scenario } from './scenario.ts';

const WRANGLER = process.env.WRANGLER;
const TEXT = 'a gorgeous, witty, seductive movie';
const ANSWER = [{ label: 'POSITIVE', score: 0.9986592531204224 }];
const TEXTS: string[] = JSON.parse(
  readFileSync(new URL('../digest/sentences.json', import.meta.url), 'utf8'),
);
const MB = 1e6;
/** What an isolate may take, its script and all. */
const ISOLATE = 128 * MB;
/** What a Worker may take on the free plan, with gzip. */
const UPLOAD = 3 * 1024;
const KINDS: Record<string, string> = { js: 'ESModule', wasm: 'CompiledWasm', bin: 'Data' };

const modelFromCore = (name: string) => `
  import ${name}Config from 'hashformer/models/${name}/config.js';
  import ${name}Weights from 'hashformer/models/${name}/weights.bin';
  const ${name} = { config: ${name}Config, weights: new Uint8Array(${name}Weights) };`;
const CORE = `
  import * as hashformer from 'hashformer/core';
  import simd from 'hashformer/wasm/simd.wasm';
  import scalar from 'hashformer/wasm/scalar.wasm';
  await hashformer.useWasm(simd);
  await hashformer.useWasm(scalar);
  ${modelFromCore('sentiment')} ${modelFromCore('sentence')}
  const models = { sentiment, sentence };`;
const SERVE_SCENARIO = `
  import { scenario } from './scenario.js';
  const answer = async (texts) => Response.json(await scenario(hashformer, { texts, models }));
  export default { fetch: async (request) => answer(await request.json()) };`;
const SERVE = `export default { fetch: async (request) => Response.json(await classify(await request.text())) };`;

const WORKERS: Record<string, string> = {
  empty: 'export default { fetch: () => Response.json(null) };',
  hashformer: `
    import { pipeline } from 'hashformer';
    const classify = await pipeline('text-classification');
    ${SERVE}`,
  'hashformer/core': `
    import { pipeline, useWasm } from 'hashformer/core';
    import simd from 'hashformer/wasm/simd.wasm';
    ${modelFromCore('sentiment')}
    await useWasm(simd);
    const classify = await pipeline('text-classification', sentiment);
    ${SERVE}`,
  'hashformer, scenario': `import * as hashformer from 'hashformer'; const models = undefined; ${SERVE_SCENARIO}`,
  'hashformer/core, scenario': `${CORE} ${SERVE_SCENARIO}`,
  'hashformer, on first use': `
    import { pipeline } from 'hashformer';
    let loading;
    const classify = async (text) => (await (loading ??= pipeline('text-classification')))(text);
    ${SERVE}`,
  'hashformer/server': `
    import { createServer } from 'hashformer/server';
    export default createServer();`,
  'hashformer, relaxed': `
    import { pipeline } from 'hashformer';
    const classify = await pipeline('text-classification', undefined, { tier: 'relaxed' });
    ${SERVE}`,
  bytes: `
    import simd from 'hashformer/wasm/simd.wasm';
    const refuse = async (bytes) => {
      for (const make of [() => new WebAssembly.Module(bytes), () => WebAssembly.compile(bytes)]) await make();
    };
    export default {
      fetch: async (request) => Response.json({
        imported: simd instanceof WebAssembly.Module,
        compiled: await request.arrayBuffer().then(refuse).then(() => 'compiled', String),
      }),
    };`,
};

/** What of miniflare's this uses. */
interface Miniflare {
  readonly ready: Promise<URL>;
  dispose(): Promise<void>;
}

const { folder } = await packAndInstall();
const require = WRANGLER === undefined ? undefined : createRequire(WRANGLER);
let running: Miniflare | undefined;
async function stop(): Promise<void> {
  await running?.dispose();
  running = undefined;
}
afterEach(stop);

/** Bundles a Worker as `wrangler deploy` does; its size in KiB as wrangler says it. */
async function bundleWorker(name: string): Promise<{ out: string; size: { raw: number; gzip: number } }> {
  const project = join(folder, name.replaceAll(/\W+/g, '-'));
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, 'scenario.js'), await bundle(undefined, ['hashformer']));
  writeFileSync(join(project, 'worker.js'), WORKERS[name]!);
  const config = { name: 'worker', main: 'worker.js', compatibility_date: '2026-04-01' };
  writeFileSync(join(project, 'wrangler.json'), JSON.stringify(config));
  const args = [WRANGLER!, 'deploy', '--dry-run', '--outdir', 'out'];
  const said = execFileSync(process.execPath, args, {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' },
  });
  const [, raw, gzip] = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(said)!.map(Number);
  return { out: join(project, 'out'), size: { raw: raw!, gzip: gzip! } };
}

/** Starts the files of a bundle, until stop() or the end of the test. */
async function start(out: string): Promise<URL> {
  const files = readdirSync(out).filter((file) => file.split('.').pop()! in KINDS);
  const modules = files
    .map((file) => ({ type: KINDS[file.split('.').pop()!], path: join(out, file) }))
    // The first one is the Worker.
    .sort((a, b) => Number(b.type === 'ESModule') - Number(a.type === 'ESModule'));
  const { Miniflare } = require!('miniflare');
  running = new Miniflare({ modules, modulesRoot: out, compatibilityDate: '2026-04-01' });
  return running!.ready;
}

/** Bytes that the one running workerd takes, its own program included. */
function memoryOfWorkerd(): number {
  const processes = execFileSync('ps', ['-A', '-o', 'ppid=,rss=,comm='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([parent, rss, name]) => Number(parent) === process.pid && name?.endsWith('workerd') && rss !== '0',
    );
  expect(processes).toHaveLength(1);
  return Number(processes[0]![1]) * 1024;
}

const post = (url: URL, body: BodyInit, options: RequestInit = {}) =>
  fetch(url, { method: 'POST', body, ...options });

describeUnless(needsRuntime('WRANGLER'), 'Cloudflare Workers', () => {
  let expected: ScenarioResult;
  beforeAll(async () => {
    const index = join(folder, 'node_modules', 'hashformer', 'dist', 'node', 'index.js');
    const result = await scenario(await import(pathToFileURL(index).href), { texts: TEXTS });
    expected = JSON.parse(JSON.stringify(result));
  }, 300_000);

  it('compile nothing from bytes, and import the wasm of the package compiled', async () => {
    const url = await start((await bundleWorker('bytes')).out);
    const bytes = readFileSync(join(folder, 'node_modules', 'hashformer', 'dist', 'wasm', 'simd.wasm'));
    expect(await (await post(url, bytes)).json()).toEqual({
      imported: true,
      compiled: expect.stringMatching(/CompileError.*disallowed by embedder/),
    });
  });

  it.each(['hashformer', 'hashformer/core'])(
    'run %s as Node does, bit for bit',
    async (name) => {
      const url = await start((await bundleWorker(`${name}, scenario`)).out);
      const result = (await (await post(url, JSON.stringify(TEXTS))).json()) as ScenarioResult;
      expect(result).toEqual(expected);
      const { version } = require!('workerd/package.json');
      if (name === 'hashformer') recordScenario(`workerd ${version}`, 'V8', result);
    },
    300_000,
  );

  it.each([
    ['hashformer', 2200],
    ['hashformer/core', 1100],
  ])('take %s in %d KiB', async (name, limit) => {
    const { out, size } = await bundleWorker(name);
    console.log(`${name} in a Worker: ${size.raw} KiB, ${size.gzip} KiB gzip`);
    expect(size.raw).toBeLessThan(limit);
    expect(size.gzip).toBeLessThan(UPLOAD);
    // No weights or wasm in base64.
    expect(readFileSync(join(out, 'worker.js'), 'utf8')).not.toMatch(/[\w+/]{20000}/);
    expect(await (await post(await start(out), TEXT)).json()).toEqual(ANSWER);
  });

  it('stay far below the memory of an isolate', async () => {
    const memory: Record<string, number> = {};
    for (const name of ['empty', 'hashformer']) {
      const url = await start((await bundleWorker(name)).out);
      const ask = async (text: string) => (await post(url, text)).json();
      for (const texts of [TEXTS.slice(0, 10), TEXTS]) {
        for (let i = 0; i < texts.length; i += 10) await Promise.all(texts.slice(i, i + 10).map(ask));
        memory[`${name} after ${texts.length}`] = memoryOfWorkerd();
      }
      await stop();
    }
    const mb = Object.entries(memory).map(
      ([name, bytes]) => `${name} requests ${(bytes / MB).toFixed(1)} MB`,
    );
    console.log(`The process workerd: ${mb.join(', ')}`);
    const taken = memory['hashformer after 1000']! - memory['empty after 1000']!;
    expect(taken).toBeLessThan(ISOLATE / 4);
  });

  it('load on first use, when many ask at once and the first one gives up', async () => {
    const url = await start((await bundleWorker('hashformer, on first use')).out);
    const controller = new AbortController();
    const first = post(url, TEXT, { signal: controller.signal }).catch(() => undefined);
    const others = Array.from({ length: 20 }, () => post(url, TEXT));
    controller.abort();
    const answers = await Promise.all(others.map(async (response) => (await response).json()));
    expect(answers).toEqual(others.map(() => ANSWER));
    await first;
  });

  it('serve as `hashformer serve` does, 64 at a time', async () => {
    const url = await start((await bundleWorker('hashformer/server')).out);
    const ask = async (path: string, body: object) => {
      const response = await post(new URL(path, url), JSON.stringify(body), {
        headers: { 'content-type': 'application/json' },
      });
      return [response.status, await response.json()];
    };
    const answers = await Promise.all(Array.from({ length: 64 }, () => ask('/classify', { texts: [TEXT] })));
    for (const [status, answer] of answers) {
      expect(status).toBe(200);
      expect(JSON.stringify(answer)).toContain(JSON.stringify(ANSWER[0]));
    }
    const [status, { data }] = await ask('/v1/embeddings', { input: TEXT });
    expect([status, data[0].embedding.length]).toEqual([200, 384]);
    expect((await ask('/v1/embeddings', { input: 7 }))[0]).toBe(400);
    expect((await fetch(new URL('/health', url))).status).toBe(200);
  });

  it('have the relaxed tier', async () => {
    const url = await start((await bundleWorker('hashformer, relaxed')).out);
    const answer = (await (await post(url, TEXT)).json()) as typeof ANSWER;
    expect(answer).toMatchObject([{ label: 'POSITIVE' }]);
    expect(answer[0]!.score).toBeCloseTo(ANSWER[0]!.score, 5);
  });
});
