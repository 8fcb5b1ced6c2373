// The tarball as a user gets it: packed, installed into an empty folder without devDependencies, used from there.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { reviews } from '../cli/training-data.ts';
import { packAndInstall } from './install.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { folder, install, files } = await packAndInstall();
const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

it('holds what a user needs and nothing else', () => {
  const expected =
    /^(dist\/(node|web|workerd|edge-light|core|js|cli|train|server|wasm|models|playground|report|types)\/|docs\/|models\/\w+\/README\.md$|ARCHITECTURE\.md$|package\.json$|README\.md$|LICENSE$|THIRD-PARTY-NOTICES\.txt$)/;
  expect(files.filter((file) => !expected.test(file))).toEqual([]);
  for (const file of [
    'THIRD-PARTY-NOTICES.txt',
    'dist/node/index.js',
    'dist/web/index.js',
    'dist/workerd/index.js',
    'dist/edge-light/index.js',
    'dist/core/index.js',
    'dist/types/src/core.d.ts',
    'dist/js/index.js',
    'dist/js/sentiment.js',
    'dist/js/sentence.d.ts',
    'dist/types/src/js/index.d.ts',
    'dist/models/sentiment/weights.bin',
    'dist/playground/index.html',
    'dist/cli/main.js',
    'dist/server/index.js',
    'dist/types/src/server/server.d.ts',
    'dist/node/train.js',
    'dist/web/train.js',
    'dist/train/worker.js',
    'dist/train/teacher.js',
    'dist/types/src/train/train.d.ts',
    'dist/types/src/index.d.ts',
  ]) {
    expect(files).toContain(file);
  }
  for (const tier of ['simd', 'relaxed', 'scalar']) {
    expect(files).toContain(`dist/wasm/${tier}.wasm`);
    expect(files).toContain(`dist/wasm/training-${tier}.wasm`);
  }
});

it('answers from one import, offline', () => {
  const script = `
    import { HashFormer, HashformerError, hashToken, pipeline } from 'hashformer';
    const classify = await pipeline('text-classification');
    const [{ label }] = await classify('a gorgeous, witty, seductive movie');
    const embed = await pipeline('feature-extraction');
    const { shape } = await embed(['a man plays a guitar']);
    const { bits, bucket } = await hashToken('the');
    console.log(JSON.stringify({ label, shape, bits, bucket, types: [typeof HashFormer.load, new HashformerError('argument', '').name] }));
  `;
  expect(JSON.parse(run(process.execPath, '--input-type=module', '--eval', script))).toEqual({
    label: 'POSITIVE',
    shape: [1, 384],
    bits: 'b9386d96710ddd52bc49ff0033ead10f',
    bucket: 20664,
    types: ['function', 'HashformerError'],
  });
});

it('runs from the command line', () => {
  const rows = JSON.parse(
    run('npx', '--no-install', 'hashformer', 'classify', '--json', 'a dull, lifeless mess'),
  );
  expect(rows).toMatchObject([{ text: 'a dull, lifeless mess', label: 'NEGATIVE' }]);
});

it('gives the wasm files to those who load them themselves', () => {
  const path = run(
    process.execPath,
    '--input-type=module',
    '--eval',
    "console.log(import.meta.resolve('hashformer/wasm/simd.wasm'))",
  );
  const module = new WebAssembly.Module(readFileSync(fileURLToPath(path.trim())));
  expect(WebAssembly.Module.imports(module)).toEqual([]);
});

it('has types that resolve under both module resolutions', () => {
  writeFileSync(
    join(folder, 'use.ts'),
    `import { type Classification, HashFormer, HashformerError, hashToken, pipeline, type Tensor } from 'hashformer';
     import { useWasm } from 'hashformer/core';
     import sentiment from 'hashformer/models/sentiment/config.js';
     import { config, weights } from 'hashformer/models/sentiment/inlined.js';
     const given: string[] = [await useWasm(fetch('/simd.wasm')), weights, ...Object.keys({ ...sentiment, ...config })];
     const model: HashFormer = await HashFormer.load('folder', { tier: 'simd' });
     const tensor: Tensor = await model.encode(['a', ['b', 'c']], { pooling: 'mean', normalize: true });
     const classify = await pipeline('text-classification');
     const label: string | undefined = (await classify('text'))[0]?.label;
     const lists: Classification[][] = await classify(['a', 'b'], { top_k: 3 });
     const vectors: number[][] = (await (await pipeline('feature-extraction', 'sentence'))(['a'], { pooling: 'mean' })).tolist();
     const entities: string[] = (await (await pipeline('ner', './model'))('a')).map(({ entity }) => entity);
     // @ts-expect-error: a list each, not a label each
     const labels: Classification[] = await classify(['a', 'b'], { top_k: 3 });
     // @ts-expect-error: there is no such option
     await classify(['a'], { topk: 3, top_k: 3 });
     const one = await model.tokenize('a');
     const token: string | undefined = one.tokens[0];
     const bucket: number = (await hashToken('the', { hash: 'md5' })).bucket;
     const error: Error = new HashformerError('argument', 'sentence');
     // @ts-expect-error: there is no such tier
     await HashFormer.load('folder', { tier: 'fast' });
     console.log(tensor.dims, label, lists, vectors, entities, labels, token, bucket, error, given);`,
  );
  writeFileSync(
    join(folder, 'train.ts'),
    `import { HashFormer, HashformerError, type Tensor } from 'hashformer';
     import { Trainer, distill, evaluate, finetune, pretrain, type TaskName, type TrainingEvent } from 'hashformer/train';
     const former: TaskName = 'classification';
     const trainer: Trainer = await Trainer.create({
       model: './model', task: 'token-classification', dropout: 0.1, seed: 1, tier: 'simd',
       optimizer: { learningRate: 1e-3, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 },
       schedule: { kind: 'linear', steps: 100, warmup: 0.06 }, clipNorm: 1,
     });
     const { loss }: { loss: number } = await trainer.backward({ texts: ['a b'], labels: [[-100, 1, 0, -100]] });
     const gradients: Record<string, Tensor> = await trainer.gradients();
     const parameters: Record<string, Tensor> = await trainer.parameters();
     const { learningRate }: { learningRate: number } = await trainer.update();
     const model: HashFormer = trainer.model;
     const { signal } = new AbortController();
     const onEvent = (event: TrainingEvent) => { if (event.type === 'step') console.log(event.loss, event.tokensPerSecond); };
     const texts = ['good', 'bad'];
     const tuned = await finetune({ model: './model', task: 'text-classification', train: { texts, labels: ['y', 'n'] }, signal, onEvent });
     const grown = await pretrain({ data: 'corpus.txt', preset: 'tiny', objective: 'signature', out: 'dir', signal, onEvent });
     const small = await distill({ teacher: './teacher', student: tuned.model.config.model_type ?? 'dir', unlabelled: texts, signal, onEvent });
     const said: HashFormer[] = [model, tuned.model, grown.model, small.model];
     const best: number | null = tuned.best;
     await finetune({ model: './model', task: former, train: 'a.csv' });
     // @ts-expect-error: there is no such task
     await finetune({ model: './model', task: 'translation', train: 'a.csv' });
     console.log(loss, gradients, parameters, learningRate, said, best, evaluate, HashformerError);`,
  );
  writeFileSync(
    join(folder, 'serve.ts'),
    `import { HashFormer } from 'hashformer';
     import { createServer, type LogEntry, type Server } from 'hashformer/server';
     const server: Server = createServer({ models: { a: await HashFormer.load('folder'), b: () => 'sentence' }, apiKey: null,
       cors: '*', load: { tier: 'simd' }, timeout: 1000, log: ({ route, status }: LogEntry) => console.log(route, status) });
     const response: Response = await server.fetch(new Request('http://localhost/health'));
     await server.load().then(() => server.close());
     // @ts-expect-error: there is no such model
     createServer({ models: { a: 5 } });
     console.log(response.status);`,
  );
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  for (const [module, moduleResolution] of [
    ['NodeNext', 'NodeNext'],
    ['ESNext', 'Bundler'],
  ]) {
    const compilerOptions = {
      noEmit: true,
      strict: true,
      target: 'ES2022',
      lib: ['ES2022', 'DOM'],
      types: [],
      module,
      moduleResolution,
    };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['use.ts', 'train.ts', 'serve.ts'] }),
    );
    expect(run(process.execPath, tsc, '--project', '.')).toBe('');
  }
});

it('serves models of this package and of its core', () => {
  const script = `
    import { readFileSync } from 'node:fs';
    import { HashFormer, useWasm } from 'hashformer/core';
    import { createServer } from 'hashformer/server';
    import config from 'hashformer/models/sentiment/config.js';
    const read = (name) => readFileSync(new URL(import.meta.resolve('hashformer/' + name)));
    await useWasm(read('wasm/simd.wasm'));
    const core = await HashFormer.load({ config, weights: read('models/sentiment/weights.bin') });
    const server = createServer({ models: { core, sentiment: 'sentiment', sentence: 'sentence' }, apiKey: null });
    const ask = async (model, texts, top_k) => {
      const body = JSON.stringify({ model, texts, top_k });
      const headers = { 'content-type': 'application/json' };
      const response = await server.fetch(new Request('http://localhost/classify', { method: 'POST', headers, body }));
      const { results, error } = await response.json();
      return error?.code ?? results;
    };
    console.log(JSON.stringify([await ask('core', 'fine'), await ask('sentiment', 'fine'), await ask('sentence', 'fine')]));
  `;
  const [core, sentiment, sentence] = JSON.parse(
    run(process.execPath, '--input-type=module', '--eval', script),
  );
  expect(core).toEqual(sentiment);
  expect(core[0].label).toBe('POSITIVE');
  expect(sentence).toBe('unsupported_model');
});

it('trains from one import, and takes classes and errors from the other', () => {
  const script = `
    import { HashFormer, HashformerError } from 'hashformer';
    import { Trainer } from 'hashformer/train';
    const fresh = await HashFormer.init({ variant: 'pool', hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 1, intermediate_size: 32, max_position_embeddings: 10 }, 1);
    const trainer = await Trainer.create({ model: await fresh.save(), task: 'text-classification' });
    const losses = [];
    for (let i = 0; i < 20; i++) {
      losses.push((await trainer.backward({ texts: ['good', 'bad'], labels: [1, 0] })).loss);
      await trainer.update();
    }
    const error = await trainer.backward({ texts: [], labels: [] }).catch((error) => error);
    console.log(JSON.stringify([losses.at(-1) < losses[0], trainer.model instanceof HashFormer, error instanceof HashformerError]));
  `;
  expect(JSON.parse(run(process.execPath, '--input-type=module', '--eval', script))).toEqual([
    true,
    true,
    true,
  ]);
});

describe('without the optional packages', () => {
  const HOW = [
    '--preset',
    'tiny',
    '--max-length',
    '16',
    '--hold-out',
    '0.2',
    '--epochs',
    '1',
    '--workers',
    '2',
  ];
  const finetune = (...args: string[]) =>
    run('npx', '--no-install', 'hashformer', 'finetune', ...HOW, ...args);

  beforeAll(() => {
    const csv = reviews(60, 1);
    writeFileSync(join(folder, 'train.csv'), csv);
    const rows = csv
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    writeFileSync(
      join(folder, 'train.jsonl'),
      rows.map(([text, label]) => JSON.stringify({ text, label })).join('\n'),
    );
    finetune('--train', 'train.csv', '--out', 'csv');
    rmSync(join(folder, 'node_modules'), { recursive: true });
    install('--omit=optional');
  }, 300_000);

  it('fine-tunes on JSON lines to the same weights, and classifies', () => {
    expect(finetune('--train', 'train.jsonl', '--out', 'jsonl')).toContain('jsonl/best');
    const [csv, jsonl] = ['csv', 'jsonl'].map((name) =>
      readFileSync(join(folder, name, 'last', 'model.safetensors')),
    );
    expect(jsonl!.equals(csv!)).toBe(true);
    const [row] = JSON.parse(
      run('npx', '--no-install', 'hashformer', 'classify', '--json', '--model', 'jsonl/best', 'a dull plot'),
    );
    expect(['neg', 'pos']).toContain(row.label);
  });

  it('says what CSV needs', () => {
    expect(() => finetune('--train', 'train.csv', '--out', 'none')).toThrow(
      'Reading CSV needs the package csv-parse, which is not installed; run: npm install csv-parse',
    );
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
