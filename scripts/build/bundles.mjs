// The package for every place that runs it, the command line, the server, and the threads of training.

import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { at, readManifest, root } from './paths.mjs';

/** @typedef {import('esbuild').Plugin} Plugin */
/** @typedef {import('esbuild').Metafile} Metafile */
/** @typedef {'node' | 'web' | 'workerd' | 'edge-light' | 'core'} Place */

/** The places that a bundle is made for, and those with files of their own in src/train/place/. */
const PLACES = /** @type {const} */ (['node', 'web', 'workerd', 'edge-light', 'core']);
const TRAINING_PLACES = ['node', 'web'];
/**
 * Files of dist/ that bundles leave outside, by what begins their names in imports.
 *
 * @type {Record<string, (name: string, place: Place) => string>}
 */
const INTERNAL_FILES = {
  wasm: (name) => `wasm/${name}.js`,
  'wasm-module': (name, place) => `wasm/${name}.wasm${place === 'edge-light' ? '?module' : ''}`,
  config: (name) => `models/${name}/config.js`,
  models: (name) => `models/${name}/inlined.js`,
  weights: (name) => `models/${name}/weights.bin`,
  report: (name) => `report/${name}.js`,
};

/**
 * `#runtime` and `#place` become the files of one place; what is inlined stays in files of its own in dist/.
 *
 * @param {Place} place
 * @returns {Plugin}
 */
function internalImports(place) {
  return {
    name: 'internal-imports',
    setup({ onResolve }) {
      onResolve({ filter: /^#runtime$/ }, () => ({ path: at('src', 'runtime', `${place}.ts`) }));
      onResolve({ filter: /^#place$/ }, () => ({ path: at('src', 'train', 'place', `${place}.ts`) }));
      onResolve({ filter: /^#[\w-]+\// }, ({ path }) => {
        const [kind = '', name = ''] = path.slice(1).split('/');
        const file = INTERNAL_FILES[kind];
        if (file === undefined) return { errors: [{ text: `Nothing of dist/ is named ${path}.` }] };
        return { path: `../${file(name, place)}`, external: true };
      });
    },
  };
}

/**
 * What is imported on first use becomes a file beside the bundle; `found` collects the sources of such files. What
 * every use needs sooner or later stays inside where a file more costs more than its bytes: in Node.
 *
 * @param {Place} place
 * @param {Set<string>} found
 * @returns {Plugin}
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

const SHARED = new Set(['errors.ts', 'model/hashformer.ts'].map((file) => join(root, 'src', file)));

/**
 * Classes that callers see must be one: other files of the package take them from the bundle.
 *
 * @type {Plugin}
 */
const sharedClasses = {
  name: 'shared-classes',
  setup({ onResolve }) {
    onResolve({ filter: /\/(errors|hashformer)\.ts$/ }, ({ path, resolveDir }) =>
      // By the whole path: other folders may have a file of that name.
      SHARED.has(join(resolveDir, path)) ? { path: './index.js', external: true } : undefined,
    );
  },
};

/**
 * What is one file for every place takes the core from the package itself, whose conditions know the place.
 *
 * @type {Plugin}
 */
const packageItself = {
  name: 'package-itself',
  setup({ onResolve }) {
    onResolve({ filter: /\/(errors|index)\.ts$/ }, () => ({ path: 'hashformer', external: true }));
  },
};

/**
 * Packages that are left to whoever runs ours: those that are loaded on first use.
 *
 * @returns {Promise<string[]>}
 */
async function externalPackages() {
  const { optionalDependencies, peerDependencies } = await readManifest();
  return ['node:*', ...Object.keys({ ...optionalDependencies, ...peerDependencies })];
}

/** Writes dist/{node,web,workerd,edge-light,core,cli,server,train}/; gives what went into them. */
export async function buildBundles() {
  const external = await externalPackages();
  /** @type {Metafile[]} */
  const metafiles = [];

  /**
   * @param {Place} place
   * @param {Record<string, string>} entryPoints
   * @param {string} outdir
   * @param {Plugin[]} plugins
   * @param {boolean} splitting
   */
  async function bundle(place, entryPoints, outdir, plugins, splitting) {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints,
      outdir,
      metafile: true,
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
      external,
      plugins: [internalImports(place), ...plugins],
      logLevel: 'warning',
    });
    metafiles.push(metafile);
  }

  /**
   * The package for one place: one file with what every user needs, and one for each thing that few do.
   *
   * @param {Place} place
   */
  async function bundlePackage(place) {
    const outdir = `dist/${place}`;
    /** @type {Set<string>} */
    const found = new Set();
    const entry = place === 'core' ? 'src/core.ts' : 'src/index.ts';
    await bundle(place, { index: entry }, outdir, [onFirstUse(place, found)], false);
    if (TRAINING_PLACES.includes(place)) found.add(at('src', 'train', 'train.ts'));
    for (const source of found) {
      const name = basename(source, '.ts');
      await bundle(place, { [name]: source }, outdir, [onFirstUse(place, found), sharedClasses], false);
    }
  }

  const folders = [...PLACES, 'cli', 'train', 'server'];
  await Promise.all(folders.map((folder) => rm(at('dist', folder), { recursive: true, force: true })));
  const programs = { main: 'src/cli/main.ts', 'tokenizer-process': 'src/cli/tokenizer-process.ts' };
  const threads = { worker: 'src/train/engine/worker.ts', teacher: 'src/train/teacher/worker.ts' };
  await Promise.all([
    ...PLACES.map(bundlePackage),
    bundle('node', programs, 'dist/cli', [], true),
    bundle('web', { index: 'src/server/server.ts' }, 'dist/server', [packageItself], false),
    bundle('node', threads, 'dist/train', [], true),
  ]);
  return metafiles;
}
