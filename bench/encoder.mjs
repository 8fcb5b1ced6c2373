// From text to hidden states, tokenising and hashing included, against the bare encoder of onnxruntime-web.

import { contender, operations } from './lib/contender.mjs';
import { poolEmbeddings } from './lib/embedding.mjs';
import { median, race, ratio } from './lib/measure.mjs';
import { readSafetensors } from './lib/safetensors.mjs';
import { goal, table } from './lib/table.mjs';
import { texts } from './lib/words.mjs';
import { contestants, initialModel } from './ours.mjs';

const SHAPES = [
  { layers: 2, hidden: 128, lengths: [16, 32], goals: { simd: 2.1, relaxed: 2.5, int8: 3 } },
  { layers: 4, hidden: 256, lengths: [32, 128], goals: { simd: 1.75, relaxed: 2, int8: 3 } },
];
const BATCHES = [1, 8];
/** The same weights: f32 differs by rounding alone. What int8 differs by is told, not judged. */
const TOLERANCE = 1e-4;

export async function encoder({ quick }) {
  const timing = quick ? { rounds: 5, warmMs: 400 } : { rounds: 21, warmMs: 1500 };
  const rows = [];
  const differences = Object.fromEntries(Object.keys(contestants).map((name) => [name, 0]));
  for (const shape of SHAPES) {
    const config = configOf(shape);
    const { models, tensors } = await modelsOf(config);
    for (const length of shape.lengths) {
      for (const batch of BATCHES) {
        const found = await compare({ config, models, tensors, length, batch, timing, differences });
        for (const name of Object.keys(models)) {
          rows.push(rowOf(name, shape, { ...found, config, length, batch }));
        }
      }
    }
    for (const model of Object.values(models)) model.dispose?.();
  }
  const columns = [
    'model',
    'L',
    'B',
    'onnxruntime-web ms',
    'GFLOP/s',
    'form',
    'ours',
    'ms',
    'GFLOP/s',
    'goal',
    'got',
    'met',
  ];
  const largest = Object.entries(differences).map(([name, value]) => `${name} ${value.toExponential(1)}`);
  return `${table(columns, rows)}\n\nLargest difference of a hidden state from onnxruntime-web's: ${largest.join(', ')}.`;
}

function configOf({ layers, hidden, lengths }) {
  const longest = Math.max(...lengths);
  return {
    model_type: 'hashformer',
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: hidden / 64,
    intermediate_size: 4 * hidden,
    // RoBERTa's positions begin at 2.
    max_position_embeddings: longest + 2,
    max_length: longest,
    variant: 'pool',
    hash: 'md5',
    num_labels: 2,
    layer_norm_eps: 1e-5,
    hidden_act: 'gelu',
  };
}

async function modelsOf(config) {
  const first = await initialModel(config);
  const saved = await first.save();
  first.dispose?.();
  const models = {};
  for (const [name, load] of Object.entries(contestants)) models[name] = await load(saved);
  return { models, tensors: readSafetensors(saved.weights) };
}

/** One shape: the outputs compared, then everyone's times. */
async function compare({ config, models, tensors, length, batch, timing, differences }) {
  const input = texts(batch, length, length * 100 + batch);
  const embeddings = poolEmbeddings(config, tensors, input);
  const quick = { ...timing, rounds: Math.ceil(timing.rounds / 3) };
  const onnx = await contender(config, tensors, embeddings, batch, length, quick);
  const wanted = await onnx.run();
  const runners = { onnx: onnx.run };
  for (const [name, model] of Object.entries(models)) {
    const difference = largestDifference((await model.encode(input)).data, wanted);
    const f32 = !name.startsWith('int8');
    if (f32 && !(difference <= TOLERANCE))
      throw new Error(`${name} differs by ${difference} at L=${length} B=${batch}`);
    differences[name] = Math.max(differences[name], difference);
    runners[name] = () => model.encode(input);
  }
  const times = await race(runners, timing);
  await onnx.release();
  return { times, form: onnx.form };
}

function largestDifference(got, wanted) {
  if (got.length !== wanted.length) throw new Error(`expected ${wanted.length} numbers, got ${got.length}`);
  let largest = 0;
  for (let i = 0; i < got.length; i++) {
    const difference = Math.abs(got[i] - wanted[i]);
    // Not Math.max: a NaN must not get lost.
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

function rowOf(name, shape, { times, form, config, length, batch }) {
  const work = operations(config, batch, length);
  const speed = (ms) => (work / ms / 1e6).toFixed(1);
  const [theirs, ours] = [median(times.onnx), median(times[name])];
  const wanted = shape.goals[name.split(' ')[0]];
  return [
    `(${shape.layers}, ${shape.hidden})`,
    length,
    batch,
    theirs.toFixed(2),
    speed(theirs),
    form,
    name,
    ours.toFixed(2),
    speed(ours),
    ...goal(wanted, ratio(times.onnx, times[name])),
  ];
}
