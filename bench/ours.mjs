// The one place where the benches touch the product: what they need of it, and how it is called.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { HashFormer, hashTokens } from '../dist/node/index.js';

/** A new model with random weights. */
export function initialModel(config) {
  return HashFormer.init(config, 1, { tier: 'simd' });
}

/** A model from its folder. */
export function loadModel(folder) {
  return HashFormer.load(folder, { tier: 'simd' });
}

/** What the encoder's table compares: { config, weights } of save() to a model that is timed. */
export const contestants = {
  simd: (saved) => HashFormer.load(saved, { tier: 'simd' }),
  relaxed: (saved) => HashFormer.load(saved, { tier: 'relaxed' }),
  'int8 simd': (saved) => int8Model(saved, 'simd'),
  'int8 relaxed': (saved) => int8Model(saved, 'relaxed'),
};

/** The model with int8 weights. */
async function int8Model(saved, tier) {
  const model = await HashFormer.load(saved);
  const quantized = await model.save(undefined, { dtype: 'int8' });
  model.dispose();
  return HashFormer.load(quantized, { tier });
}

const FEATURES = { simd: ['--enable', 'simd'], relaxed: ['--enable', 'simd', '--enable', 'relaxed-simd'] };
const kernels = new Map();

/** The GEMM kernel of a tier, compiled as asconfig.json has it. */
async function kernel(tier) {
  const sources = ['bench/assembly/gemm.ts', '--baseDir', fileURLToPath(new URL('..', import.meta.url))];
  const flags = ['--runtime', 'stub', '-O3', '--noAssert', '--use', 'abort=', '--initialMemory', '512'];
  let binary;
  const { error, stderr } = await asc.main(
    [...sources, '--outFile', 'gemm.wasm', ...flags, ...FEATURES[tier]],
    {
      readFile: (name, base) => {
        try {
          return readFileSync(join(base, name), 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (_, content) => {
        binary = content;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`The GEMM kernel did not compile: ${stderr}`);
  return new WebAssembly.Instance(new WebAssembly.Module(binary)).exports;
}

/** A function that does C = A · B + bias once, A [rows, inputs], B [inputs, outputs], all in place already. */
export async function gemmRunner(tier, rows, inputs, outputs) {
  if (!kernels.has(tier)) kernels.set(tier, await kernel(tier));
  const { run, memory } = kernels.get(tier);
  const [a, bias, c, b] = [1, 9, 10, 17].map((mebibytes) => mebibytes << 20);
  // Real numbers: untouched memory is one page of zeros, which no cache misses.
  const numbers = new Float32Array(memory.buffer, a);
  for (let i = 0; i < numbers.length; i++) numbers[i] = ((i * 7919) % 1000) / 1000 - 0.5;
  return () => run(a, rows, inputs, b, outputs >> 4, bias, c);
}

/** HMAC-MD5 under the key `en` of many tokens: 16 bytes each, and their buckets. */
export function hashAll(tokens) {
  return hashTokens(tokens);
}

/** The configuration of the small encoder that onnxruntime-web starts with. */
export const startupConfig = {
  model_type: 'hashformer',
  hidden_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 512,
  max_position_embeddings: 66,
  max_length: 64,
  variant: 'pool',
  hash: 'md5',
  num_labels: 2,
  layer_norm_eps: 1e-5,
  hidden_act: 'gelu',
};

/** What a user downloads: [name, files]. */
export const shippedFiles = [
  ['hashformer: simd.wasm', ['../dist/wasm/simd.wasm']],
  ['hashformer: relaxed.wasm', ['../dist/wasm/relaxed.wasm']],
  ['hashformer: scalar.wasm', ['../dist/wasm/scalar.wasm']],
  ['hashformer: core JS', ['../dist/web/index.js']],
  [
    'hashformer: all that a first answer loads, without weights',
    ['../dist/web/index.js', '../dist/web/loader.js', '../dist/wasm/simd.wasm'],
  ],
  ['hashformer: sentiment weights', ['../models/sentiment/model.safetensors']],
  ['hashformer: sentence weights', ['../models/sentence/model.safetensors']],
];
