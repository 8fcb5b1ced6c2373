// Builds everything that the package ships, and skips what is newer than what it is made from:
// Unicode tables → wasm in three tiers → inlined wasm, models and report page → bundles by place →
// playground → types.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleEs5, commonJs } from './es5.mjs';
import { buildPlayground, PLAYGROUND_SOURCES } from './playground.mjs';
import { writeUnicodeTables } from './unicode.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const at = (...parts) => join(root, ...parts);
const TIERS = ['simd', 'relaxed', 'scalar'];
/** Modules, and what the names of their files begin with. */
const MODULES = { inference: '', training: 'training-' };
/** What everything is made from. */
const ALWAYS = ['package-lock.json', 'scripts/build.mjs', 'scripts/es5.mjs', 'scripts/unicode.mjs'];
/** Left to whoever runs the package: inlined files beside the bundles, packages that are loaded on first use. */
const { optionalDependencies, peerDependencies } = JSON.parse(await readFile(at('package.json')));
const EXTERNAL = ['node:*', ...Object.keys({ ...optionalDependencies, ...peerDependencies })];

/** Newest modification time below a path, 0 where there is nothing. */
async function newest(path) {
  const found = await stat(path).catch(() => null);
  if (found === null) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const times = await Promise.all((await readdir(path)).map((name) => newest(join(path, name))));
  return Math.max(0, ...times);
}

/** Runs `make` unless `target` is newer than all of `sources`. */
async function step(name, target, sources, make) {
  const times = await Promise.all([...sources, ...ALWAYS].map((source) => newest(at(source))));
  if ((await newest(at(target))) > Math.max(...times)) return;
  process.stderr.write(`build: ${name}\n`);
  await mkdir(dirname(at(target)), { recursive: true });
  await make(at(target));
}

/** A program of a package, run with this Node. */
function run(name, file, ...args) {
  const program = join(dirname(require.resolve(`${name}/package.json`)), file);
  execFileSync(process.execPath, [program, ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** A shipped model, as every place wants it: its configuration, its weights, and both in one module. */
async function shipModel(name, target) {
  const config = JSON.parse(await readFile(at('models', name, 'config.json'), 'utf8'));
  const weights = await readFile(at('models', name, 'model.safetensors'));
  const folder = dirname(target);
  await writeFile(join(folder, 'config.js'), `export default ${JSON.stringify(config)};\n`);
  await writeFile(
    join(folder, 'config.d.ts'),
    'declare const config: Record<string, unknown>;\nexport default config;\n',
  );
  await writeFile(join(folder, 'weights.bin'), weights);
  const lines = [
    `export { default as config } from './config.js';`,
    `export const weights = '${weights.toString('base64')}';`,
  ];
  const types = [lines[0], '/** The safetensors file in base64. */', 'export declare const weights: string;'];
  await writeFile(join(folder, 'inlined.d.ts'), `${types.join('\n')}\n`);
  await writeFile(target, `${lines.join('\n')}\n`);
}

/** hashformer/js: the library, and a shipped model as a script of ES5. */
async function shipEs5(target) {
  await writeFile(
    target,
    await bundleEs5(root, 'src/js/index.ts', 'hashformer', ['load', 'HashformerError']),
  );
  // The package's own type is `module`.
  await writeFile(join(dirname(target), 'package.json'), '{"type":"commonjs"}\n');
}

async function shipEs5Model(name, target) {
  const config = await readFile(at('models', name, 'config.json'), 'utf8');
  const weights = (await readFile(at('models', name, 'model.safetensors'))).toString('base64');
  const globalName = `hashformer${name[0].toUpperCase()}${name.slice(1)}`;
  const value = `{ config: ${JSON.stringify(JSON.parse(config))}, weights: '${weights}' }`;
  await writeFile(target, `var ${globalName} = ${value};\n${commonJs(globalName, ['config', 'weights'])}`);
  const types = 'export declare const config: object;\nexport declare const weights: string;\n';
  await writeFile(target.replace(/\.js$/, '.d.ts'), types);
}

/**
 * The script and the style sheet of reports, the chart library with its licence in them, and their hashes: the page
 * allows nothing else to run.
 */
async function inlineReportPage(target) {
  const licence = await readFile(require.resolve('uplot/LICENSE'), 'utf8');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { script: 'src/train/report/page/main.ts', style: 'src/train/report/page/page.css' },
    outdir: 'dist/report',
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    banner: {
      js: `/*! Charts: uPlot\n${licence.trim()}\n*/`,
      css: '/*! Charts: uPlot, MIT, see the script */',
    },
    logLevel: 'warning',
  });
  const lines = outputFiles.flatMap(({ path, text }) => {
    const name = basename(path, path.endsWith('.css') ? '.css' : '.js');
    const hash = createHash('sha256').update(text).digest('base64');
    return [
      `export const ${name} = ${JSON.stringify(text)};`,
      `export const ${name}Hash = 'sha256-${hash}';`,
    ];
  });
  await writeFile(target, `${lines.join('\n')}\n`);
}

/** The places that a bundle is made for, and those with files of their own in src/train/place/. */
const PLACES = ['node', 'web', 'workerd', 'edge-light', 'core'];
const TRAINING_PLACES = ['node', 'web'];
/** Files of dist/ that bundles leave outside, by what begins their names in imports. */
const INTERNAL_FILES = {
  wasm: (name) => `wasm/${name}.js`,
  'wasm-module': (name, place) => `wasm/${name}.wasm${place === 'edge-light' ? '?module' : ''}`,
  config: (name) => `models/${name}/config.js`,
  models: (name) => `models/${name}/inlined.js`,
  weights: (name) => `models/${name}/weights.bin`,
  report: (name) => `report/${name}.js`,
};

/** `#runtime` and `#place` become the files of one place; what is inlined stays in files of its own in dist/. */
function internalImports(place) {
  return {
    name: 'internal-imports',
    setup({ onResolve }) {
      onResolve({ filter: /^#runtime$/ }, () => ({ path: at('src', 'runtime', `${place}.ts`) }));
      onResolve({ filter: /^#place$/ }, () => ({ path: at('src', 'train', 'place', `${place}.ts`) }));
      onResolve({ filter: /^#[\w-]+\// }, ({ path }) => {
        const [kind, name] = path.slice(1).split('/');
        return { path: `../${INTERNAL_FILES[kind](name, place)}`, external: true };
      });
    },
  };
}

/**
 * What is imported on first use becomes a file beside the bundle; `found` collects the sources of such files. What
 * every use needs sooner or later stays inside where a file more costs more than its bytes: in Node.
 */
function onFirstUse(place, found) {
  return {
    name: 'on-first-use',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ kind, path, resolveDir }) => {
        if (kind !== 'dynamic-import' || (place === 'node' && path.endsWith('/loader.ts'))) return undefined;
        found.add(join(resolveDir, path));
        return { path: `./${basename(path, '.ts')}.js`, external: true };
      });
    },
  };
}

/** Classes that callers see must be one: other files of the package take them from the bundle. */
const sharedClasses = {
  name: 'shared-classes',
  setup({ onResolve }) {
    onResolve({ filter: /\/(errors|hashformer)\.ts$/ }, () => ({ path: './index.js', external: true }));
  },
};

/** What is one file for every place takes the core from the package itself, whose conditions know the place. */
const packageItself = {
  name: 'package-itself',
  setup({ onResolve }) {
    onResolve({ filter: /\/(errors|index)\.ts$/ }, () => ({ path: 'hashformer', external: true }));
  },
};

function bundle(place, entryPoints, outdir, plugins, splitting) {
  return build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    splitting,
    minify: true,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    platform: place === 'node' ? 'node' : 'neutral',
    mainFields: ['module', 'main'],
    chunkNames: '[name]-[hash]',
    external: EXTERNAL,
    plugins: [internalImports(place), ...plugins],
    logLevel: 'warning',
  });
}

/** The package for one place: one file with what every user needs, and one for each thing that few do. */
async function bundlePackage(place) {
  const outdir = `dist/${place}`;
  const found = new Set();
  const entry = place === 'core' ? 'src/core.ts' : 'src/index.ts';
  await bundle(place, { index: entry }, outdir, [onFirstUse(place, found)], false);
  if (TRAINING_PLACES.includes(place)) found.add(at('src', 'train', 'train.ts'));
  for (const source of found) {
    const name = basename(source, '.ts');
    await bundle(place, { [name]: source }, outdir, [onFirstUse(place, found), sharedClasses], false);
  }
}

await step('Unicode tables', 'src/tokenizer/tables.ts', [], writeUnicodeTables);
for (const [module, prefix] of Object.entries(MODULES)) {
  for (const tier of TIERS) {
    const name = `${prefix}${tier}`;
    const sources = ['assembly', 'asconfig.json'];
    await step(`wasm, ${name}`, `dist/wasm/${name}.wasm`, sources, (target) => {
      const options = ['--config', 'asconfig.json', '--target', tier, '--outFile', target];
      run('assemblyscript', 'bin/asc.js', `assembly/${module}.ts`, ...options);
    });
    await step(
      `wasm, ${name}, inlined`,
      `dist/wasm/${name}.js`,
      [`dist/wasm/${name}.wasm`],
      async (target) => {
        const wasm = await readFile(at('dist', 'wasm', `${name}.wasm`));
        await writeFile(target, `export default '${wasm.toString('base64')}';\n`);
      },
    );
  }
}
for (const model of await readdir(at('models'))) {
  await step(`model ${model}`, `dist/models/${model}/inlined.js`, [`models/${model}`], (target) =>
    shipModel(model, target),
  );
  await step(`model ${model}, ES5`, `dist/js/${model}.js`, [`models/${model}`], (target) =>
    shipEs5Model(model, target),
  );
}
await step('report page, inlined', 'dist/report/page.js', ['src/train/report'], inlineReportPage);
const SOURCES = ['src', 'assembly/abi.ts', 'tsconfig.json'];
await step('bundles', 'dist/cli/main.js', SOURCES, async () => {
  const folders = [...PLACES, 'cli', 'train', 'server'];
  await Promise.all(folders.map((folder) => rm(at('dist', folder), { recursive: true, force: true })));
  await Promise.all(PLACES.map(bundlePackage));
  const programs = { main: 'src/cli/main.ts', 'tokenizer-process': 'src/cli/tokenizer-process.ts' };
  await bundle('node', programs, 'dist/cli', [], true);
  await bundle('web', { index: 'src/server/server.ts' }, 'dist/server', [packageItself], false);
  const threads = { worker: 'src/train/engine/worker.ts', teacher: 'src/train/teacher/worker.ts' };
  await bundle('node', threads, 'dist/train', [], true);
});
await step('playground', 'dist/playground/index.html', PLAYGROUND_SOURCES, buildPlayground);
await step('ES5', 'dist/js/index.js', SOURCES, shipEs5);
await step('types', 'dist/types/src/index.d.ts', SOURCES, () =>
  run('typescript', 'bin/tsc', '--project', 'tsconfig.build.json'),
);
