// hashformer/js in engines without WebAssembly, the real ones: what one cannot do, none of these does by a stand-in.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject } from 'vitest';
import { joinDigests, record } from '../../digest/record.ts';
import { itUnless, needsRuntime } from '../../needs.ts';

const root = new URL('../../../', import.meta.url).pathname;
const SCRIPTS = [
  'dist/js/index.js',
  'dist/js/sentiment.js',
  'dist/js/sentence.js',
  'test/digest/js-digest.js',
  'test/runtimes/js/scenario.js',
];
/** All texts take the slowest of them an hour. */
const ALL_TEXTS = inject('allTexts');
/** What an engine may take, on a machine that does other things too. */
const TIMEOUT = ALL_TEXTS ? 86_400_000 : 1_800_000;

interface Engine {
  readonly name: string;
  /** The variable that names its binary, or for quickjs its package; test/runtimes/setup.ts sets it. */
  readonly variable: string;
  /** Of the 1,000 texts, as many as both models answer in a few minutes. */
  readonly texts: number;
}

/** `npm run test:runtimes` asks each for a twentieth of that, `npm run test:thorough` for all. */
const QUICK = !inject('thorough');

const ENGINES: readonly Engine[] = [
  { name: 'hermes', variable: 'HERMES', texts: 1000 },
  { name: 'quickjs', variable: 'QUICKJS', texts: 100 },
  { name: 'njs', variable: 'NJS', texts: 200 },
  { name: 'duktape', variable: 'DUKTAPE', texts: 40 },
  { name: 'mujs', variable: 'MUJS', texts: 10 },
];

const texts: string[] = JSON.parse(await readFile(join(root, 'test/digest/sentences.json'), 'utf8'));

/** The program, in ASCII: not every engine reads UTF-8. */
async function program(count: number): Promise<string> {
  const scripts = await Promise.all(SCRIPTS.map((file) => readFile(join(root, file), 'utf8')));
  const given = `var texts = ${JSON.stringify(texts.slice(0, count))};`;
  const print = "(typeof print === 'function' ? print : console.log)(JSON.stringify(runScenario(texts)));";
  return [...scripts, given, print]
    .join('\n')
    .replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** QuickJS as it is compiled for quickjs-emscripten; it has no WebAssembly of its own. */
async function runQuickJs(entry: string, source: string): Promise<string> {
  const { getQuickJS } = createRequire(import.meta.url)(entry);
  const context = (await getQuickJS()).newContext();
  let printed = '';
  const print = context.newFunction('print', (text: unknown) => {
    printed = context.getString(text);
  });
  context.setProp(context.global, 'print', print);
  context.unwrapResult(context.evalCode(source, 'program.js')).dispose();
  print.dispose();
  context.dispose();
  return printed;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hashformer-js-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run({ name, variable }: Engine | { name: string; variable: '' }, source: string) {
  const binary = variable === '' ? process.execPath : process.env[variable]!;
  if (name === 'quickjs') return JSON.parse(await runQuickJs(binary, source));
  const file = join(folder, `${name}.js`);
  await writeFile(file, source);
  const { stdout } = await promisify(execFile)(binary, [file], { maxBuffer: 1 << 24 });
  return JSON.parse(stdout);
}

describe.each(ENGINES)('$name', (engine) => {
  const count = ALL_TEXTS ? texts.length : Math.ceil(engine.texts / (QUICK ? 20 : 1));
  itUnless(
    needsRuntime(engine.variable),
    `answers the first ${count} texts, and wrong calls, as Node`,
    async () => {
      const source = await program(count);
      const got = await run(engine, source);
      expect(got).toEqual(await run({ name: 'node', variable: '' }, source));
      expect(got.classify).toEqual([{ label: 'POSITIVE', score: 0.9986592531204224 }]);
      for (const model of ['sentiment', 'sentence']) expect(got.digests[model]).toMatch(/^[0-9a-f]{16}$/);
      const js = count === texts.length ? joinDigests(got.digests) : count;
      record(engine.name, 'no WebAssembly', { js });
      expect(got.damaged).toMatch(
        /^HashformerError weights: The weights are damaged: .+ download them again\.$/,
      );
    },
    { timeout: TIMEOUT },
  );
});
