// The tarball as a user gets it: packed, installed into an empty folder without devDependencies, used from there.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hashformer-package-'));
const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
let files: string[] = [];

beforeAll(() => {
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  // npm 11 gives a list, later ones an object by name.
  const [info] = Object.values(JSON.parse(packed)) as [{ filename: string; files: { path: string }[] }];
  files = info.files.map(({ path }) => path);
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  run('npm', 'install', '--omit=dev', '--no-audit', '--no-fund', join(folder, info.filename));
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('holds what a user needs and nothing else', () => {
  const expected =
    /^(dist\/(node|web|cli|wasm|models|report|types)\/|docs\/|models\/\w+\/README\.md$|ARCHITECTURE\.md$|package\.json$|README\.md$|LICENSE$)/;
  expect(files.filter((file) => !expected.test(file))).toEqual([]);
  for (const file of [
    'dist/node/index.js',
    'dist/web/index.js',
    'dist/cli/main.js',
    'dist/types/src/index.d.ts',
  ]) {
    expect(files).toContain(file);
  }
  for (const tier of ['simd', 'relaxed', 'scalar']) expect(files).toContain(`dist/wasm/${tier}.wasm`);
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
    `import { HashFormer, HashformerError, hashToken, pipeline, type Tensor } from 'hashformer';
     const model: HashFormer = await HashFormer.load('folder', { tier: 'simd' });
     const tensor: Tensor = await model.encode(['a', ['b', 'c']], { pooling: 'mean', normalize: true });
     const classify = await pipeline('text-classification');
     const label: string | undefined = (await classify('text'))[0]?.label;
     const one = await model.tokenize('a');
     const token: string | undefined = one.tokens[0];
     const bucket: number = (await hashToken('the', { hash: 'md5' })).bucket;
     const error: Error = new HashformerError('argument', 'sentence');
     // @ts-expect-error: there is no such tier
     await HashFormer.load('folder', { tier: 'fast' });
     console.log(tensor.shape, label, token, bucket, error);`,
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
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
    expect(run(process.execPath, tsc, '--project', '.')).toBe('');
  }
});
