// The matrix product that the encoder lives on, in per cent of what 128-bit vectors can do at all.

import { median, race, ratio } from './lib/measure.mjs';
import { LOOPS, peakLoop } from './lib/peak.mjs';
import { table } from './lib/table.mjs';
import { gemmRunner } from './ours.mjs';

const ROWS = [16, 32, 128, 256];
/** [inputs, outputs] of the linear layers of (2, 128) and (4, 256), and of a BERT base's first feed-forward. */
const LAYERS = [
  [128, 128],
  [128, 384],
  [128, 512],
  [512, 128],
  [256, 768],
  [256, 1024],
  [1024, 256],
  [768, 3072],
];
const TIERS = ['simd', 'relaxed'];

export async function gemm({ quick }) {
  const timing = quick ? { rounds: 5, warmMs: 100, blockMs: 5 } : { rounds: 31, warmMs: 200, blockMs: 5 };
  const loops = await peaks(timing);
  const best = loops[0];
  const found = [];
  for (const [inputs, outputs] of LAYERS) {
    const row = [`${inputs} x ${outputs}`];
    for (const tier of TIERS) {
      for (const count of ROWS) row.push(await percentOf(best, tier, count, inputs, outputs, timing));
    }
    found.push(row);
  }
  const columns = ['K x N', ...TIERS.flatMap((tier) => ROWS.map((count) => `${tier} M=${count}`))];
  const each = loops.map((loop) => `${loop.name} ${loop.speed.toFixed(1)}`).join(', ');
  return [
    `Peak of 128-bit f32, GFLOP/s: ${each}. Below: per cent of the best of these.`,
    table(columns, found),
  ].join('\n\n');
}

/** The loops, fastest first. */
async function peaks(timing) {
  const loops = [];
  for (const loop of LOOPS) {
    // An engine without relaxed SIMD refuses the fused ones.
    try {
      loops.push({ ...loop, ...peakLoop(loop), speed: 0 });
    } catch (error) {
      if (!(error instanceof WebAssembly.CompileError)) throw error;
    }
  }
  const times = await race(Object.fromEntries(loops.map(({ name, run }) => [name, run])), timing);
  for (const loop of loops) loop.speed = loop.operations / median(times[loop.name]) / 1e6;
  return loops.sort((a, b) => b.speed - a.speed);
}

async function percentOf(peak, tier, rows, inputs, outputs, timing) {
  const run = await gemmRunner(tier, rows, inputs, outputs);
  const times = await race({ peak: peak.run, ours: run }, timing);
  const share = (ratio(times.peak, times.ours) * 2 * rows * inputs * outputs) / peak.operations;
  return (share * 100).toFixed(0);
}
