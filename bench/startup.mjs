// Whole processes, from spawn to exit, in turn with an empty script.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, race, ratio } from './lib/measure.mjs';
import { readSafetensors } from './lib/safetensors.mjs';
import { goal, table } from './lib/table.mjs';
import { encoderFile, FORMS } from './onnx.mjs';
import { initialModel, startupConfig } from './ours.mjs';

const GOAL = 1.3;
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

export async function startup({ quick }) {
  const folder = mkdtempSync(join(os.tmpdir(), 'hashformer-bench-'));
  try {
    const file = join(folder, 'encoder.onnx');
    await writeEncoder(file);
    const runners = {
      'empty script': () => node(path('startup/empty.mjs')),
      'hashformer, pipeline': () => node(path('startup/answer.mjs'), 'answers'),
      'hashformer classify, CLI': () =>
        node(path('../dist/cli/main.js'), 'answers', 'classify', 'A charming film.', '--json'),
      'onnxruntime-web, bare encoder': () =>
        node(path('startup/onnx.mjs'), 'answers', file, String(startupConfig.hidden_size)),
    };
    // A block is one process, and the first runs fill the file cache.
    const times = await race(runners, { rounds: quick ? 7 : 41, blockMs: 0, warmMs: 500 });
    const rows = Object.entries(times).map(([name, mine]) => {
      const wanted = name.startsWith('hashformer, ') ? GOAL : undefined;
      return [
        name,
        median(mine).toFixed(1),
        ...goal(wanted, ratio(mine, times['empty script']), { most: true }),
      ];
    });
    return table(['process', 'ms', 'goal', 'of the empty script', 'met'], rows);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a script to its end; with `answers`, it must have printed something. */
function node(script, answers, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  if (status !== 0 || (answers && !stdout)) throw new Error(`${script} ended with ${status}: ${stderr}`);
}

async function writeEncoder(file) {
  const model = await initialModel(startupConfig);
  const { weights } = await model.save();
  model.dispose?.();
  writeFileSync(file, encoderFile(startupConfig, readSafetensors(weights), FORMS.fused));
}
