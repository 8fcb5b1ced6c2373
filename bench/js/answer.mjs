// node answer.mjs ours|wasm2js FILE: milliseconds for a text, the median of rounds, as JSON. A process each, so that
// neither warms the other's engine up. FILE: wasm2js's module.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { median } from '../lib/measure.mjs';

const [, , contender, file, rounds] = process.argv;
const require = createRequire(import.meta.url);
const texts = JSON.parse(
  readFileSync(new URL('../../test/digest/sentences.json', import.meta.url), 'utf8'),
).slice(3, 13);

/** The host of the package over wasm2js's module in the place of WebAssembly. */
async function overWasm2js({ config, weights }) {
  const exports = { ...(await import(pathToFileURL(file).href)) };
  globalThis.WebAssembly = /** @type {any} */ ({
    compile: async () => exports,
    instantiate: async () => ({ exports }),
    validate: () => false,
    Memory: Object,
  });
  const { HashFormer } = await import('../../dist/node/index.js');
  // 64-bit numbers come out of wasm2js in halves, which the checksum does not know.
  const bytes = Buffer.from(
    Buffer.from(weights, 'base64').toString('latin1').replace('xxh64:', 'other:'),
    'latin1',
  );
  const model = await HashFormer.load({ config, weights: new Uint8Array(bytes) }, { tier: 'scalar' });
  return async () => (await model.logits(texts)).data;
}

const source = require('../../dist/js/sentiment.js');
let run;
if (contender === 'wasm2js') {
  run = await overWasm2js(source);
} else {
  const model = require('../../dist/js/index.js').load(source);
  run = () => model.logits(texts).data;
}
const times = [];
let logits = await run();
for (let round = 0; round < Number(rounds); round++) {
  const start = process.cpuUsage().user;
  logits = await run();
  times.push((process.cpuUsage().user - start) / 1000 / texts.length);
}
console.log(JSON.stringify({ ms: median(times), logits: Array.from(logits) }));
