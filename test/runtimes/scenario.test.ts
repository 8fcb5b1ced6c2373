// The packed tarball in every Node, in Deno and in Bun: one scenario, the same bits. Variables name the binaries, see
// scripts/runtimes.mjs.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, inject, it } from 'vitest';
import { recordScenario } from '../digest/record.ts';
import { describeUnless, itUnless, needsRuntime } from '../needs.ts';
import { packAndInstall } from '../package/install.ts';
import { bundle } from './bundle.ts';
import type { ScenarioResult } from './scenario.ts';

/** `npm run test:runtimes` leaves out what takes minutes; `npm run test:thorough` has it. */
const QUICK = !inject('thorough');
const TIMEOUT = 600_000;

const { folder } = await packAndInstall();

interface Runtime {
  binary: string | undefined;
  engine: string;
  args?: string[];
  es5?: boolean;
}

/** Binaries, and what they ask for: nothing but to run a program; Deno may read no file and open no address. */
const RUNTIMES: Record<string, Runtime> = {
  'this Node': { binary: process.execPath, engine: 'V8', es5: true },
  'Node 22': { binary: process.env.NODE22, engine: 'V8' },
  'Node 24': { binary: process.env.NODE24, engine: 'V8' },
  'Node 26': { binary: process.env.NODE26, engine: 'V8' },
  'Deno 2': { binary: process.env.DENO, engine: 'V8', args: ['run', '--no-prompt'], es5: true },
  'Bun 1': { binary: process.env.BUN, engine: 'JavaScriptCore', es5: true },
};

function run(binary: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(binary, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1' },
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`exit ${status}: ${stderr}`);
  return stdout;
}

let expected: ScenarioResult;
beforeAll(async () => {
  const texts = readFileSync(new URL('../digest/sentences.json', import.meta.url), 'utf8');
  writeFileSync(
    join(folder, 'program.mjs'),
    await bundle(
      `
      import * as hashformer from 'hashformer';
      import { scenario } from './scenario.ts';
      const texts = ${texts};
      const version = globalThis.Deno?.version.deno ?? globalThis.Bun?.version ?? process.versions.node;
      console.log(JSON.stringify({ version, result: await scenario(hashformer, { texts }) }));
    `,
      ['hashformer'],
    ),
  );
  writeFileSync(
    join(folder, 'es5.mjs'),
    await bundle(
      `
      import js from 'hashformer/js';
      import sentiment from 'hashformer/js/sentiment';
      import sentence from 'hashformer/js/sentence';
      import { digest } from '../digest/digest.ts';
      const texts = ${texts};
      console.log(JSON.stringify({
        sentiment: digest(js.load(sentiment).logits(texts).data),
        sentence: digest(js.load(sentence).sentences(texts).data),
      }));
    `,
      ['hashformer'],
    ),
  );
  expected = JSON.parse(run(process.execPath, 'program.mjs')).result;
}, TIMEOUT);

it('has one digest of the tiers simd and scalar, and errors that are ours', () => {
  expect(expected.digests.simd).toEqual(expected.digests.scalar);
  expect(Object.values(expected.errors).filter((error) => /^(no error|not ours)/.test(error))).toEqual([]);
});

const testRuntime =
  (name: string, { binary, engine, args = [], es5 = false }: Runtime) =>
  () => {
    it('answers as this Node does, bit for bit, without leave to do more', { timeout: TIMEOUT }, () => {
      const { version, result } = JSON.parse(run(binary!, ...args, 'program.mjs'));
      expect(result).toEqual(expected);
      // In plain JavaScript both models take a while.
      const js = es5 && !QUICK ? JSON.parse(run(binary!, ...args, 'es5.mjs')) : undefined;
      if (js !== undefined) expect(js).toEqual(expected.digests.simd);
      recordScenario(
        `${name.replace(/ .*| Node/, '').replace('this', 'Node')} ${version}`,
        engine,
        result,
        js,
      );
    });
  };
for (const [name, runtime] of Object.entries(RUNTIMES)) {
  const missing = runtime.binary === undefined ? 'no variable names its binary' : '';
  describeUnless(missing, name, testRuntime(name, runtime));
}

itUnless(needsRuntime('BUN'), 'is one file by bun build --compile', () => {
  run(process.env.BUN!, 'build', '--compile', 'program.mjs', '--outfile', 'program');
  expect(JSON.parse(run(join(folder, 'program'))).result).toEqual(expected);
});

// V8 has no SIMD on a processor without SSE4.1.
const nodes = Object.entries(RUNTIMES).filter(
  ([name, { binary }]) => /Node/.test(name) && binary !== undefined,
);
it.for(nodes)('%s picks the scalar tier by itself where there is no SIMD', ([, { binary }], context) => {
  context.skip(process.arch !== 'x64', 'only on x64 can Node be told to do without SIMD');
  const answers = [[], ['--no-enable-sse4-1']].map((flags) =>
    run(
      binary!,
      ...flags,
      '--input-type=module',
      '--eval',
      `import { pipeline } from 'hashformer';
       const classify = await pipeline('text-classification');
       const [{ label, score }] = await classify('a gorgeous, witty, seductive movie');
       console.log(JSON.stringify([classify.model.tier, label, score]));`,
    ),
  );
  expect(answers.map((answer) => JSON.parse(answer))).toEqual([
    ['simd', 'POSITIVE', 0.9986592531204224],
    ['scalar', 'POSITIVE', 0.9986592531204224],
  ]);
});
