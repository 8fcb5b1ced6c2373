// The one place where the benches touch the product: what they need of it, and how it is called.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { HashFormer, hashTokens } from '../dist/node/index.js';
import { finetune, Trainer } from '../dist/node/train.js';

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
  /** @type {any} */
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
export function gemmRunner(tier, rows, inputs, outputs) {
  return gemmsRunner(tier, [[rows, inputs, outputs, 1]]);
}

/** The same for a list of products, [rows, inputs, outputs, how often], one after the other. */
export async function gemmsRunner(tier, products) {
  if (!kernels.has(tier)) kernels.set(tier, await kernel(tier));
  const { run, memory } = kernels.get(tier);
  const most = (size) => Math.max(...products.map(size)) * 4;
  const sizes = [([m, k]) => m * k, ([, , n]) => n, ([m, , n]) => m * n, ([, k, n]) => k * n].map(most);
  const addresses = [];
  let end = 1 << 20;
  for (const size of sizes) {
    addresses.push(end);
    end += Math.ceil(size / 4096) * 4096 + (1 << 20);
  }
  if (end > memory.buffer.byteLength) memory.grow(Math.ceil((end - memory.buffer.byteLength) / 65536));
  const [a, bias, c, b] = addresses;
  // Real numbers: untouched memory is one page of zeros, which no cache misses.
  const numbers = new Float32Array(memory.buffer, a, (end - a) >> 2);
  for (let i = 0; i < numbers.length; i++) numbers[i] = ((i * 7919) % 1000) / 1000 - 0.5;
  return () => {
    for (const [rows, inputs, outputs, count] of products) {
      for (let i = 0; i < count; i++) run(a, rows, inputs, b, outputs >> 4, bias, c);
    }
  };
}

/** A model in training, of random weights; undefined where the engine has not what the tier needs. */
export async function trainer(config, options) {
  const fresh = await HashFormer.init(config, 1);
  const model = await fresh.save();
  fresh.dispose();
  try {
    return await Trainer.create({ model, task: 'text-classification', ...options });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'tier') return undefined;
    throw error;
  }
}

/** Seconds that each of the `steps` steps of a fine-tuning took, of a new model and texts in memory. */
export async function finetuneSteps(config, { texts, labels }, workers, steps) {
  const fresh = await HashFormer.init(config, 1);
  const model = await fresh.save();
  fresh.dispose();
  const seconds = [];
  let last;
  const onEvent = ({ type }) => {
    if (type !== 'step') return;
    const now = performance.now();
    if (last !== undefined) seconds.push((now - last) / 1000);
    last = now;
  };
  const train = { texts, labels: labels.map((label) => `class ${label}`) };
  const run = { workers, epochs: steps, batchSize: texts.length, evaluateEvery: steps };
  const result = await finetune({ model, task: 'classification', train, onEvent, ...run });
  result.model.dispose();
  return seconds;
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
  ...Object.entries({
    'Node, Bun': ['node/index.js', 'wasm/simd.wasm'],
    Deno: ['node/index.js', 'wasm/simd.js'],
    browsers: ['web/index.js', 'web/loader.js', 'wasm/simd.js'],
    'Cloudflare Workers': ['workerd/index.js', 'workerd/loader.js', 'wasm/simd.wasm'],
    "Vercel's edge": ['edge-light/index.js', 'edge-light/loader.js', 'wasm/simd.wasm'],
    'hashformer/core': ['core/index.js', 'core/loader.js', 'wasm/simd.wasm'],
  }).map(([place, files]) => [
    `a first answer without weights: ${place}`,
    files.map((file) => `../dist/${file}`),
  ]),
  ['hashformer: sentiment weights', ['../models/sentiment/model.safetensors']],
  ['hashformer: sentence weights', ['../models/sentence/model.safetensors']],
];
