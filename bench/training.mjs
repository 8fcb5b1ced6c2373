// Training: steps end to end against the bare matrix products in them, two workers against one, memory, and
// TensorFlow.js on the same encoder.

import { median, race, ratio } from './lib/measure.mjs';
import { goal, table } from './lib/table.mjs';
import { tfjsStep } from './lib/tfjs-encoder.mjs';
import {
  attentionOperations,
  BATCH,
  LENGTHS,
  labelledTexts,
  linearOperations,
  products,
  trainedConfig,
} from './lib/training-step.mjs';
import { randomNumbers } from './lib/words.mjs';
import { finetuneSteps, gemmsRunner, trainer } from './ours.mjs';

/** Layers, hidden size, rows of the embedding table and their width: the presets `tiny`, `mini` and `small`. */
const SHAPES = { tiny: [2, 128, 4096, 64], mini: [4, 256, 8192, 128], small: [4, 512, 16_384, 128] };
const TIERS = ['simd', 'relaxed'];
const DROPOUT = 0.1;
const GOALS = { share: 75, workers: 1.8 };

export async function training({ quick }) {
  const parts = [
    await endToEnd(quick),
    await workers(quick),
    await memory(quick ? 100 : 1000),
    await contender(quick),
  ];
  return parts.join('\n\n');
}

const total = (numbers) => numbers.reduce((sum, x) => sum + x, 0);

/** One step, and how long its parts took. */
function stepOf(trainer, batch) {
  const spent = { update: 0, all: 0 };
  const run = async () => {
    const start = performance.now();
    await trainer.backward(batch);
    const computed = performance.now();
    await trainer.update();
    const end = performance.now();
    spent.update += end - computed;
    spent.all += end - start;
  };
  return { run, spent };
}

async function endToEnd(quick) {
  const timing = quick ? { rounds: 3, warmMs: 300, blockMs: 20 } : { rounds: 9, warmMs: 1000, blockMs: 20 };
  const rows = [];
  for (const [name, shape] of Object.entries(SHAPES)) {
    const config = trainedConfig(shape);
    for (const [text, lengths] of Object.entries(LENGTHS)) {
      for (const tier of TIERS) {
        const ours = await trainer(config, { tier, dropout: DROPOUT });
        if (ours === undefined) continue;
        rows.push([
          `${name} (${shape[0]}, ${shape[1]})`,
          text,
          tier,
          ...(await share(ours, config, lengths, timing)),
        ]);
        ours.dispose();
      }
    }
  }
  const columns = [
    ...['model', 'tokens', 'tier', 'step ms', 'GFLOP/s', 'bare GEMM GFLOP/s'],
    ...['attention % of FLOPs', 'update % of time', 'goal', 'got', 'met'],
  ];
  return `${BATCH} texts a step, dropout ${DROPOUT}, one thread: text to updated weights.\n\n${table(columns, rows)}`;
}

async function share(ours, config, lengths, timing) {
  const count = total(lengths);
  const { run, spent } = stepOf(ours, labelledTexts(lengths, 3));
  const bare = await gemmsRunner(ours.model.tier, products(config, count));
  const times = await race({ ours: run, bare }, timing);
  const linear = linearOperations(config, count);
  const attention = attentionOperations(config, lengths);
  const speed = (operations, ms) => (operations / median(ms) / 1e6).toFixed(1);
  const reached = (100 * (linear + attention) * ratio(times.bare, times.ours)) / linear;
  return [
    median(times.ours).toFixed(1),
    speed(linear + attention, times.ours),
    speed(linear, times.bare),
    ((100 * attention) / (linear + attention)).toFixed(0),
    ((100 * spent.update) / spent.all).toFixed(1),
    ...goal(GOALS.share, reached, { unit: '%' }),
  ];
}

/** Runs of one and of two workers in turn; the first steps of each run are left out. */
async function workers(quick) {
  const [rounds, steps, warm] = quick ? [1, 8, 3] : [3, 16, 4];
  const rows = [];
  for (const name of ['tiny', 'mini']) {
    const config = trainedConfig(SHAPES[name]);
    const batch = labelledTexts(LENGTHS[64], 3);
    const seconds = { 1: [], 2: [] };
    for (let round = 0; round < rounds; round++) {
      for (const count of round % 2 ? [2, 1] : [1, 2]) {
        seconds[count].push(median((await finetuneSteps(config, batch, count, steps)).slice(warm)));
      }
    }
    const perSecond = (count) => (1 / median(seconds[count])).toFixed(2);
    rows.push([name, perSecond(1), perSecond(2), ...goal(GOALS.workers, ratio(seconds[1], seconds[2]))]);
  }
  const columns = ['model', '1 worker, steps/s', '2 workers, steps/s', 'goal', 'got', 'met'];
  return `${BATCH} texts of 64 tokens a step, by finetune().\n\n${table(columns, rows)}`;
}

async function memory(steps) {
  const config = trainedConfig(SHAPES.mini);
  const rows = [];
  for (const recompute of [false, true]) {
    const ours = await trainer(config, { dropout: DROPOUT, recompute });
    if (ours === undefined) continue;
    const before = ours.memoryBytes;
    await ours.backward(labelledTexts(LENGTHS[64], 3));
    await ours.update();
    rows.push([mebibytes(before), mebibytes(ours.memoryBytes), recompute ? 'yes' : 'no']);
    ours.dispose();
  }
  const found = table(['mini: model, MiB', `with a step of ${BATCH} x 64, MiB`, 'recompute'], rows);
  return `${found}\n\n${await growth(steps)}`;
}

const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1);

/** Memory after the largest batch and after `steps` batches of all sizes. */
async function growth(steps) {
  const ours = await trainer(trainedConfig(SHAPES.tiny), { dropout: DROPOUT });
  if (ours === undefined) return '';
  const random = randomNumbers(7);
  const batch = (texts, longest) =>
    labelledTexts(
      Array.from({ length: texts }, () => 3 + Math.floor(random() * (longest - 2))),
      Math.floor(random() * 2 ** 31),
    );
  const sizes = [];
  for (let step = 0; step <= steps; step++) {
    await ours.backward(step === 0 ? labelledTexts(LENGTHS[64], 3) : batch(1 + Math.floor(random() * 8), 32));
    await ours.update();
    sizes.push(ours.memoryBytes);
  }
  ours.dispose();
  const [first, last] = [sizes[0], sizes.at(-1)];
  return `tiny, ${steps} steps of 1 to 8 texts of 3 to 32 tokens after one of ${BATCH} x 64: from ${first} to ${last} bytes.`;
}

/** All texts as long, and nothing dropped: TensorFlow.js would compute padding, and draw its masks in JavaScript. */
async function contender(quick) {
  const timing = { rounds: quick ? 3 : 7, warmMs: 1, blockMs: 1 };
  const config = trainedConfig(SHAPES.tiny);
  const rows = [];
  for (const length of [12, 64]) {
    const lengths = Array.from({ length: BATCH }, () => length);
    const runners = { tfjs: await tfjsStep(config, BATCH, length) };
    const models = {};
    for (const tier of TIERS) {
      models[tier] = await trainer(config, { tier, dropout: 0 });
      if (models[tier] === undefined) continue;
      runners[tier] = stepOf(models[tier], labelledTexts(lengths, 3)).run;
    }
    const times = await race(runners, timing);
    for (const tier of TIERS.filter((name) => name in times)) {
      const ms = [times.tfjs, times[tier]].map((each) => median(each).toFixed(1));
      rows.push([length, tier, ...ms, `${ratio(times.tfjs, times[tier]).toFixed(1)}x`]);
      models[tier].dispose();
    }
  }
  const columns = ['tokens', 'tier', 'TensorFlow.js ms', 'ours ms', 'ours is faster by'];
  return `The encoder of tiny, ${BATCH} texts a step, without dropout; TensorFlow.js (wasm backend, one thread) starts from embeddings.\n\n${table(columns, rows)}`;
}
