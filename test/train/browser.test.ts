import { mkdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { build, transform } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT, temporaryFolder } from '../cli/run.ts';
import { describeUnless } from '../needs.ts';
import { Browser, chromium, needsChromium } from './chromium.ts';
import { compute } from './scenario.ts';

const at = await temporaryFolder();
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.html': 'text/html' };

/** Runs the two scenarios in whatever imports it. */
const RUN = `
  import { compute, refusals } from './scenario.js';
  export const run = async (main, train) => ({ computed: await compute(main, train), refused: await refusals(main, train) });`;
const PAGES: Record<string, string> = {
  '/': '<!doctype html><title>test</title><link rel="icon" href="data:,">',
  '/run.js': RUN,
  '/worker.js': `
    import * as main from './dist/web/index.js';
    import * as train from './dist/web/train.js';
    import { run } from './run.js';
    run(main, train).then(postMessage, (error) => postMessage(String(error.stack)));`,
};

/** The package's files, those of the test, and bundles. */
async function contentOf(path: string): Promise<string | Buffer> {
  if (path in PAGES) return PAGES[path]!;
  if (path === '/scenario.js') {
    const source = await readFile(new URL('scenario.ts', import.meta.url), 'utf8');
    return (await transform(source, { loader: 'ts' })).code;
  }
  if (path.startsWith('/bundles/')) return readFile(at(path));
  return readFile(`${ROOT}${path}`);
}

type Found = { computed: Awaited<ReturnType<typeof compute>>; refused: Record<string, string> };

describeUnless(needsChromium, 'training in Chromium', () => {
  let server: Server;
  let browser: Browser;
  let expected: Found['computed'];

  beforeAll(async () => {
    server = createServer(async ({ url }, response) => {
      const path = url!.split('?')[0]!;
      const content = await contentOf(path).catch(() => undefined);
      response.writeHead(content === undefined ? 404 : 200, {
        'content-type': TYPES[extname(path) || '.html']!,
      });
      response.end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await Browser.start(chromium!);
    const [main, train] = await Promise.all(
      ['index', 'train'].map((name) => import(new URL(`../../dist/node/${name}.js`, import.meta.url).href)),
    );
    expected = await compute(main, train);
    await browser.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, 800, 600);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  function check({ computed, refused }: Found) {
    expect(computed).toEqual(expected);
    expect(refused).toEqual({
      out: 'argument: There is no file system here to write "run" to; leave the option "out" out and save the result\'s model: model.save() gives its bytes.',
      workers: 'argument: Training runs in one thread here, not in 2; leave the option "workers" out.',
      train:
        'argument: There is no file system here to read "train.csv" from; give the texts and labels themselves, as { texts, labels }.',
      unlabelled:
        'argument: There is no file system here to read "a.txt" from; give a list of the texts themselves.',
      outputs:
        'argument: There is no file system here to read "outputs" from; give a teacher, and no folder of its outputs: they are kept in memory.',
      corpus:
        'argument: There is no file system here to read "corpus.txt" from; give the texts themselves, as { texts }.',
    });
    expect(browser.problems).toEqual([]);
  }

  it('is asked for what it should be', () => {
    expect(expected.losses).toHaveLength(6 + 2 * 5 + 2 * 10 + 6);
    expect(expected.losses.every(Number.isFinite)).toBe(true);
    expect(new Set(expected.gradients).size).toBe(6);
    expect(expected).toMatchObject({
      ended: ['finished after 10', 'finished after 20', 'finished after 6', 'interrupted after 1'],
      one: true,
      refused: 'argument',
    });
  });

  it('computes in a page what Node does, bit for bit', async () => {
    const script = `Promise.all([import('/run.js'), import('/dist/web/index.js'), import('/dist/web/train.js')])
      .then(([{ run }, main, train]) => run(main, train))`;
    check((await browser.evaluate(script)) as Found);
  });

  it('computes in a module worker what Node does, bit for bit', async () => {
    const script = `new Promise((resolve, reject) => {
      const worker = new Worker('/worker.js', { type: 'module' });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    })`;
    check((await browser.evaluate(script)) as Found);
  });

  it.each([true, false])('works in a bundle by esbuild, splitting: %s', async (splitting) => {
    const name = splitting ? 'many' : 'one';
    await mkdir(at('bundles'), { recursive: true });
    const { warnings } = await build({
      stdin: {
        contents: `export * as main from 'hashformer'; export * as train from 'hashformer/train';`,
        resolveDir: ROOT,
      },
      outfile: splitting ? undefined : at('bundles', name, 'entry.js'),
      outdir: splitting ? at('bundles', name) : undefined,
      entryNames: 'entry',
      bundle: true,
      splitting,
      format: 'esm',
      platform: 'browser',
      logLevel: 'silent',
    } as never);
    expect(warnings).toEqual([]);
    const script = `Promise.all([import('/run.js'), import('/bundles/${name}/entry.js')])
      .then(([{ run }, { main, train }]) => run(main, train))`;
    check((await browser.evaluate(script)) as Found);
  });

  it('loads what it needs and no more', async () => {
    browser.requests.length = 0;
    await browser.evaluate(`import('/dist/web/train.js?again')`);
    expect(browser.requests.map((url) => new URL(url).pathname)).toEqual(['/dist/web/train.js']);
  });
});
