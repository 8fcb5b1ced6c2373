// The packed tarball in Deno and Bun, whose binaries the variables DENO and BUN name: npm run test:runtimes.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { ended } from '../cli/run.ts';
import { reviews } from '../cli/training-data.ts';
import { describeUnless, needsRuntime } from '../needs.ts';
import { packAndInstall } from '../package/install.ts';

/** Binaries, and what they ask for to run a program that reads and writes here. */
const RUNTIMES = {
  Deno: {
    binary: process.env.DENO,
    args: ['run', '--no-prompt', '--allow-read=.', '--allow-write=.'],
    bare: ['run', '--no-prompt'],
  },
  Bun: { binary: process.env.BUN, args: [], bare: [] },
} as const;

const { folder } = await packAndInstall();
const CLI = join('node_modules', 'hashformer', 'dist', 'cli', 'main.js');
const DATA = ['--train', 'train.csv', '--dev', 'dev.csv'];
const HOW = [
  '--epochs',
  '3',
  '--evaluate-every',
  '10',
  '--batch-size',
  '8',
  '--seed',
  '3',
  '--workers',
  '2',
  '--tier',
  'simd',
];
const FINETUNE = [CLI, 'finetune', '--preset', 'tiny', '--max-length', '16', ...DATA, ...HOW, '--out'];

function run(binary: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(binary, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  if (status !== 0) throw new Error(`exit ${status}: ${stderr}`);
  return stdout;
}

const read = (...path: string[]) => readFileSync(join(folder, ...path));
const weights = (name: string) =>
  ['best', 'last'].map((kind) => read(name, kind, 'model.safetensors').toString('base64'));
/** Losses of the steps, and what evaluations measured. */
const numbers = (name: string) =>
  read(name, 'metrics.jsonl')
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'step' || type === 'evaluation')
    .map(({ step, loss, learningRate, gradientNorm, metrics }) => ({
      step,
      loss,
      learningRate,
      gradientNorm,
      metrics,
    }));

let computed: string;
beforeAll(() => {
  writeFileSync(join(folder, 'train.csv'), reviews(160, 1));
  writeFileSync(join(folder, 'dev.csv'), reviews(40, 2));
  const scenario = fileURLToPath(new URL('../train/scenario.ts', import.meta.url));
  writeFileSync(
    join(folder, 'scenario.js'),
    transformSync(readFileSync(scenario, 'utf8'), { loader: 'ts' }).code,
  );
  writeFileSync(
    join(folder, 'compute.js'),
    `import * as main from 'hashformer';
     import * as train from 'hashformer/train';
     import { compute } from './scenario.js';
     console.log(JSON.stringify(await compute(main, train)));`,
  );
  writeFileSync(
    join(folder, 'folder.js'),
    `import { finetune } from 'hashformer/train';
     import { HashFormer, HashformerError } from 'hashformer';
     const config = { variant: 'ngram', hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 64,
       max_position_embeddings: 18, ngram_buckets: 512, id2label: { 0: 'neg', 1: 'pos' } };
     const fresh = await HashFormer.init(config, 1);
     const given = { model: await fresh.save(), task: 'text-classification', train: 'train.csv', tier: 'simd', workers: 2, epochs: 1 };
     await finetune({ ...given, out: process.argv[2] }).then(
       ({ reason }) => console.log(reason),
       (error) => console.log(error instanceof HashformerError, error.code, error.message),
     );`,
  );
  computed = run(process.execPath, 'compute.js');
  run(process.execPath, ...FINETUNE, 'node');
}, 120_000);

for (const [name, { binary, args, bare }] of Object.entries(RUNTIMES)) {
  describeUnless(needsRuntime(name.toUpperCase()), `training in ${name}`, () => {
    const program = (...given: string[]) => run(binary!, ...args, ...given);

    it('computes in memory what Node does, bit for bit', () => {
      expect(JSON.parse(computed).losses.length).toBeGreaterThan(20);
      expect(run(binary!, ...bare, 'compute.js')).toBe(computed);
    });

    it('fine-tunes in two threads from the command line to the bytes that Node does', () => {
      program(...FINETUNE, name);
      expect(numbers(name)).toEqual(numbers('node'));
      expect(weights(name)).toEqual(weights('node'));
      expect(read(name, 'report.html').toString()).toContain('</html>');
      const classify = [CLI, 'classify', 'a superb film', '--jsonl', '--model'];
      expect(program(...classify, join(name, 'best'))).toBe(
        run(process.execPath, ...classify, join('node', 'best')),
      );
    });

    it('goes on after SIGINT to the same weights', async () => {
      const out = `${name}-stopped`;
      const child = spawn(binary!, [...args, ...FINETUNE, out], { cwd: folder });
      const result = ended(child);
      const log = join(folder, out, 'metrics.jsonl');
      const steps = () => (existsSync(log) ? readFileSync(log, 'utf8').split('"type":"step"').length - 1 : 0);
      while (steps() < 23 && child.exitCode === null) await new Promise((wake) => setTimeout(wake, 5));
      child.kill('SIGINT');
      expect((await result).code).toBe(130);
      program(...FINETUNE, out, '--resume');
      expect(weights(out)).toEqual(weights('node'));
    });

    it('writes the folder of a run from a program', () => {
      expect(program('folder.js', `${name}-program`)).toBe('finished\n');
      run(process.execPath, 'folder.js', `${name}-node`);
      expect(
        read(`${name}-program`, 'last', 'model.safetensors').equals(
          read(`${name}-node`, 'last', 'model.safetensors'),
        ),
      ).toBe(true);
    });
  });
}

describeUnless(needsRuntime('DENO'), 'Deno without leave', () => {
  it.each([
    [['--allow-write=.'], /^true source denied could not be written: Requires read access to .*\n$/],
    [['--allow-read=.'], /^true source .*denied.* could not be written: Requires write access to .*\n$/],
  ])('says what is not allowed: %j is', (allowed, sentence) => {
    expect(run(RUNTIMES.Deno.binary!, 'run', '--no-prompt', ...allowed, 'folder.js', 'denied')).toMatch(
      sentence,
    );
    expect(existsSync(join(folder, 'denied'))).toBe(false);
  });
});
