// Serves middleware.ts in Vercel's edge runtime, built as `vercel dev` does, without an account.

import { readFile } from 'node:fs/promises';
import { EdgeRuntime, runServer } from 'edge-runtime';
import { build } from 'esbuild';

/** Files that were imported with ?module, by the names of the variables that hold them compiled. */
const wasmFiles = new Map();

const wasmModules = {
  name: 'wasm-modules',
  setup({ onLoad, onResolve, resolve }) {
    onResolve({ filter: /\.wasm\?module$/ }, async ({ path, kind, importer, resolveDir }) => {
      const found = await resolve(path.replace('?module', ''), { kind, importer, resolveDir });
      const name = `wasm_${wasmFiles.size}`;
      wasmFiles.set(name, found.path);
      return { path: name, namespace: 'wasm' };
    });
    onLoad({ filter: /./, namespace: 'wasm' }, ({ path }) => ({
      contents: `export default globalThis.${path}`,
    }));
  },
};

const { outputFiles } = await build({
  entryPoints: ['middleware.ts'],
  bundle: true,
  write: false,
  format: 'iife',
  globalName: 'middleware',
  platform: 'browser',
  conditions: ['edge-light'],
  plugins: [wasmModules],
});
const modules = {};
for (const [name, file] of wasmFiles) modules[name] = await WebAssembly.compile(await readFile(file));

const runtime = new EdgeRuntime({
  initialCode: `${outputFiles[0].text}
    const { config, default: respond } = middleware;
    addEventListener('fetch', (event) => {
      const matches = new URL(event.request.url).pathname === config.matcher;
      event.respondWith(matches ? respond(event.request) : new Response('Not found', { status: 404 }));
    });`,
  extend: (context) => Object.assign(context, modules),
});
const { url } = await runServer({ runtime, port: Number(process.env.PORT ?? 3000) });
console.log(`Listening on ${url}`);
