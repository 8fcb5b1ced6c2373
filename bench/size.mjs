// What a page has to download: compiled code without weights, compressed.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib';
import { table } from './lib/table.mjs';
import { shippedFiles } from './ours.mjs';

const ORT = 'node_modules/onnxruntime-web/dist';
/** Not installed, only unpacked: nothing of it runs here, and it would bring native packages along. */
const TRANSFORMERS = '@huggingface/transformers@4.3.1';
const url = (path) => new URL(path, import.meta.url);

export async function size() {
  const rows = [
    ...shippedFiles.map(([name, files]) => row(name, files)),
    row('onnxruntime-web: wasm + JS', [
      `${ORT}/ort-wasm-simd-threaded.wasm`,
      `${ORT}/ort.wasm.bundle.min.mjs`,
    ]),
  ];
  const transformers = unpackTransformers();
  if (transformers) rows.push(row(`${TRANSFORMERS}: JS alone`, [transformers]));
  return table(['what', 'bytes', 'gzip -9', 'brotli -11'], rows);
}

function row(name, files) {
  const contents = files.map((file) => readFileSync(url(file)));
  const total = (compress) => contents.reduce((sum, content) => sum + compress(content).length, 0);
  return [
    name,
    total((content) => content),
    total((content) => gzipSync(content, { level: 9 })),
    total(brotli),
  ];
}

function brotli(content) {
  const params = {
    [zlib.BROTLI_PARAM_QUALITY]: zlib.BROTLI_MAX_QUALITY,
    [zlib.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  return brotliCompressSync(content, { params });
}

/** Its bundle for browsers, or undefined without a network. */
function unpackTransformers() {
  const folder = fileURLToPath(url('.cache/'));
  const bundle = '.cache/package/dist/transformers.min.js';
  if (existsSync(url(bundle))) return bundle;
  mkdirSync(folder, { recursive: true });
  try {
    const pack = ['pack', TRANSFORMERS, '--silent', '--pack-destination', folder];
    const archive = execFileSync('npm', pack, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    execFileSync('tar', ['-xzf', archive, 'package/dist'], { cwd: folder });
  } catch {
    return undefined;
  }
  return existsSync(url(bundle)) ? bundle : undefined;
}
