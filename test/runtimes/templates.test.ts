// The templates as they lie in templates/, by the two commands of their READMEs: the registry that they install from
// has the packed tarball as its newest version.

import { spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pipeline } from '../../src/index.ts';
import { ended, ROOT, temporaryFolder } from '../cli/run.ts';
import { describeUnless, needsRuntime } from '../needs.ts';
import { packAndInstall } from '../package/install.ts';
import { Browser, chromium, needsChromium } from '../train/chromium.ts';
import { serveRegistry } from './registry.ts';
import { freePort, type Started, serve } from './servers.ts';

const TEXT = 'a gorgeous, witty, seductive movie';
const LIMIT = 10_000;

interface Template {
  /** Why it is not tested, or '': it needs a binary beside npm. */
  missing?: string;
  /** How the port is told, as more arguments or in the environment. */
  args?: (port: number) => string[];
  env?: (port: number) => Record<string, string>;
}

const HTTP: Record<string, Template> = {
  'cloudflare-worker': { args: (port) => ['--', '--port', `${port}`, '--inspector-port', '0'] },
  'deno-deploy': {
    missing: needsRuntime('DENO'),
    env: (port) => ({ DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}` }),
  },
  'bun-server': { missing: needsRuntime('BUN'), env: (port) => ({ PORT: `${port}` }) },
  'vercel-middleware': { env: (port) => ({ PORT: `${port}` }) },
};

const { tarball } = await packAndInstall();
const registry = await serveRegistry(tarball);
const at = await temporaryFolder();
/** Deno and Bun under their names, as READMEs call them. */
const PATH = [process.env.DENO, process.env.BUN]
  .filter((binary) => binary !== undefined)
  .map(dirname)
  .concat(process.env.PATH!)
  .join(delimiter);

/** The two commands of a template's README. */
function commandsOf(name: string): string[][] {
  const readme = readFileSync(`${ROOT}templates/${name}/README.md`, 'utf8');
  const commands = /^```sh\n([^`]+)```/m.exec(readme)![1]!.trim().split('\n');
  expect(commands).toHaveLength(2);
  return commands.map((command) => command.split(' '));
}

/** Copies a template, runs its first command and starts the second. */
async function start(name: string, { args, env }: Template): Promise<Started & { address: string }> {
  const [install, run] = commandsOf(name);
  const folder = at(name);
  cpSync(`${ROOT}templates/${name}`, folder, { recursive: true });
  writeFileSync(at(name, '.npmrc'), `registry=${registry}\n`);
  // Not spawnSync: the registry answers in this process.
  const { code, stdout, stderr } = await ended(
    spawn(install![0]!, install!.slice(1), {
      cwd: folder,
      env: { ...process.env, PATH, npm_config_registry: registry },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  if (code !== 0) throw new Error(`${install!.join(' ')}: exit ${code}\n${stdout}${stderr}`);
  const port = await freePort();
  const address = `http://localhost:${port}`;
  const command = [...run!, ...(args?.(port) ?? [])] as [string, ...string[]];
  return { ...(await serve(command, folder, address, { PATH, ...env?.(port) })), address };
}

const expected = await (await pipeline('text-classification'))(TEXT);

const testHttp = (name: string, template: Template) => () => {
  let started: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    started = await start(name, template);
  }, 300_000);
  afterAll(() => started?.stop());

  const ask = async (body: BodyInit | null, options: RequestInit = {}, path = '/classify') => {
    const response = await fetch(`${started.address}${path}`, { method: 'POST', body, ...options });
    return { status: response.status, answer: await response.text(), headers: response.headers };
  };

  it("answers with Node's number", async () => {
    const { status, answer, headers } = await ask(JSON.stringify({ text: TEXT }));
    expect([status, JSON.parse(answer)]).toEqual([200, expected[0]]);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
  });

  it.each([
    ['what is no JSON', 'a fine film'],
    ['nothing', ''],
    ['no text', '{"txt": "a fine film"}'],
    ['another kind of text', '{"text": 7}'],
    ['null', 'null'],
  ])('answers %s with 400', async (_, body) => {
    const { status, answer } = await ask(body);
    expect([status, JSON.parse(answer)]).toEqual([
      400,
      { error: 'The body must be JSON with a text: {"text": "a fine film"}.' },
    ]);
  });

  it('answers what is too long with 413, whether its length was told or not', async () => {
    const body = (length: number) => JSON.stringify({ text: 'a '.repeat(length / 2 - 6) });
    expect(body(LIMIT)).toHaveLength(LIMIT - 1);
    expect((await ask(body(LIMIT))).status).toBe(200);
    const long = body(LIMIT + 2);
    const stream = new Blob([long]).stream();
    const answers = [await ask(long), await ask(stream, { duplex: 'half' } as RequestInit)];
    for (const { status, answer } of answers) {
      expect([status, JSON.parse(answer)]).toEqual([
        413,
        { error: `The body must have at most ${LIMIT.toLocaleString('en')} bytes.`.replace(',', '') },
      ]);
    }
  });

  it('answers another method with 405 and another path with 404', async () => {
    const { status, headers } = await ask(null, { method: 'GET' });
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    expect((await ask('{"text": "a"}', {}, '/')).status).toBe(404);
  });

  it('answers many at the same time', async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `film number ${i}`);
    const classify = await pipeline('text-classification');
    const answers = await Promise.all(texts.map((text) => ask(JSON.stringify({ text }))));
    expect(answers.map(({ answer }) => JSON.parse(answer))).toEqual(await classify(texts));
  });
};
for (const [name, template] of Object.entries(HTTP))
  describeUnless(template.missing ?? '', name, testHttp(name, template));

describeUnless(needsChromium, 'browser-page', () => {
  it('answers what is typed, under its own content security policy', async () => {
    const page = await start('browser-page', { args: (port) => ['--', '--port', `${port}`] });
    const browser = await Browser.start(chromium!);
    try {
      await browser.open(page.address, 400, 800);
      const type = (text: string) => `new Promise((resolve) => {
        const field = document.querySelector('#text');
        const output = document.querySelector('output');
        new MutationObserver(() => resolve(output.textContent)).observe(output, { childList: true });
        field.value = ${JSON.stringify(text)};
        field.dispatchEvent(new Event('input'));
      })`;
      const ready = `new Promise((resolve) => setInterval(() => {
        const { textContent } = document.querySelector('output');
        if (textContent !== 'loading …') resolve(textContent);
      }, 20))`;
      expect(await browser.evaluate(ready)).toBe('POSITIVE 99.9 %');
      expect(await browser.evaluate(type('a dull, lifeless mess'))).toBe('NEGATIVE 99.6 %');
      expect(browser.problems).toEqual([]);
      expect(browser.requests.filter((url) => !url.startsWith(page.address) && /^https?:/.test(url))).toEqual(
        [],
      );
    } finally {
      await browser.close();
      await page.stop();
    }
  }, 300_000);
});
