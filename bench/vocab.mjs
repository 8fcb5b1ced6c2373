// all-MiniLM-L6-v2 with the same weights on both sides: ours from text, tokenising included, and the bare encoder of
// onnxruntime-web, which starts from our embeddings. HASHFORMER_TEACHER names the model's folder, which is too large
// for this repository.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { contender, operations } from './lib/contender.mjs';
import { median, race, ratio } from './lib/measure.mjs';
import { readSafetensors } from './lib/safetensors.mjs';
import { table } from './lib/table.mjs';
import { FORMS } from './onnx.mjs';
import { INT8_FORMS } from './onnx-int8.mjs';
import { contestants, loadModel } from './ours.mjs';

const SHAPES = [
  [16, 1],
  [32, 8],
  [128, 1],
];
/** Relative to the largest hidden state: the same weights, and int8 on both sides. */
const TOLERANCE = { f32: 1e-4, int8: 0.2 };

export async function vocab({ quick }) {
  const folder = process.env.HASHFORMER_TEACHER ?? '';
  if (!existsSync(join(folder, 'tokenizer.json'))) {
    return 'Skipped: HASHFORMER_TEACHER does not name the folder of all-MiniLM-L6-v2.';
  }
  const timing = quick ? { rounds: 5, warmMs: 400 } : { rounds: 11, warmMs: 1500 };
  const first = await loadModel(folder);
  const config = first.config;
  const saved = await first.save(undefined, { dtype: 'f32', layout: 'reference' });
  const tensors = readSafetensors(saved.weights);
  const words = wholeWords(/** @type {{ model: any }} */ (saved.tokenizer));
  const rows = [];
  const seen = { f32: 0, int8: 0 };
  for (const [length, batch] of SHAPES) {
    const texts = Array.from({ length: batch }, (_, i) =>
      Array.from({ length: length - 2 }, (_, t) => words[(i * 7919 + t * 104_729) % words.length]).join(' '),
    );
    const embeddings = (await first.encode(texts, { layer: 0 })).data;
    const forms = { ...timing, rounds: 3 };
    const theirs = {
      f32: await contender(config, tensors, embeddings, batch, length, forms, FORMS),
      int8: await contender(config, tensors, embeddings, batch, length, forms, INT8_FORMS),
    };
    const wanted = (await theirs.f32.run()).slice();
    for (const [name, load] of Object.entries(contestants)) {
      const kind = name.startsWith('int8') ? 'int8' : 'f32';
      const model = await load(saved);
      const difference = largestDifference((await model.encode(texts)).data, wanted);
      if (!(difference <= TOLERANCE[kind]))
        throw new Error(`${name} differs by ${difference} at L=${length}`);
      seen[kind] = Math.max(seen[kind], difference);
      const times = await race({ onnx: theirs[kind].run, ours: () => model.encode(texts) }, timing);
      model.dispose();
      const speed = (operations(config, batch, length) / median(times.ours) / 1e6).toFixed(1);
      rows.push([
        length,
        batch,
        name,
        median(times.ours).toFixed(2),
        speed,
        `${kind}, ${theirs[kind].form}`,
        median(times.onnx).toFixed(2),
        `${ratio(times.onnx, times.ours).toFixed(2)}x`,
      ]);
    }
    for (const { release } of Object.values(theirs)) await release();
  }
  first.dispose();
  const columns = ['L', 'B', 'ours', 'ms', 'GFLOP/s', 'onnxruntime-web', 'its ms', 'ours is faster by'];
  return (
    `${table(columns, rows)}\n\nLargest difference of a hidden state from its f32: ` +
    `f32 ${seen.f32.toExponential(1)}, int8 ${seen.int8.toExponential(1)}.`
  );
}

/** Words that are one piece each, so that texts have the length that is asked for. */
function wholeWords({ model }) {
  return Object.keys(model.vocab).filter((piece) => /^[a-z]{3,}$/.test(piece));
}

function largestDifference(got, wanted) {
  if (got.length !== wanted.length) throw new Error(`expected ${wanted.length} numbers, got ${got.length}`);
  let largest = 0;
  let range = 0;
  for (let i = 0; i < got.length; i++) {
    const difference = Math.abs(got[i] - wanted[i]);
    range = Math.max(range, Math.abs(wanted[i]));
    // Not Math.max: a NaN must not get lost.
    if (!(difference <= largest)) largest = difference;
  }
  return largest / range;
}
