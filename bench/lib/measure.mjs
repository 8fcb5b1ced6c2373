// Timing on a machine that other things run on too: contenders take turns in short blocks, and what counts is
// the median over the rounds of the ratio within a round.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Milliseconds that `count` calls take; awaits only what is a promise. */
async function block(run, count) {
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const result = run();
    if (typeof result?.then === 'function') await result;
  }
  return performance.now() - start;
}

/** Runs until the optimising compiler has had its time, and returns how many calls fill `blockMs`. */
async function warmUp(run, warmMs, blockMs) {
  const start = performance.now();
  const times = [];
  do times.push(await block(run, 1));
  while (performance.now() - start < warmMs);
  return Math.max(1, Math.round(blockMs / median(times.slice(-20))));
}

/**
 * Runs the functions of `runners` in turn, a block each, `rounds` times (forwards and backwards, so that no
 * one always comes first). Returns { name: milliseconds of one call in each round }.
 */
export async function race(runners, { rounds = 21, blockMs = 20, warmMs = 1000 } = {}) {
  /** @type {{ name: string, run: () => unknown, count: number, times: number[] }[]} */
  const entries = [];
  for (const [name, run] of Object.entries(runners)) {
    entries.push({ name, run, count: await warmUp(run, warmMs, blockMs), times: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const entry of round % 2 ? [...entries].reverse() : entries) {
      entry.times.push((await block(entry.run, entry.count)) / entry.count);
    }
  }
  return Object.fromEntries(entries.map(({ name, times }) => [name, times]));
}

/** Median over the rounds of how many times longer `a` took than `b`. */
export function ratio(a, b) {
  return median(a.map((time, round) => time / b[round]));
}
