// Whole processes from spawn to exit in every runtime that tests use, in turn with an empty script of the same one.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findRuntime } from '../scripts/runtimes.mjs';
import { median, race, ratio } from './lib/measure.mjs';
import { table } from './lib/table.mjs';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const SCRIPTS = { empty: path('startup/empty.mjs'), answer: path('startup/answer.mjs') };
/** @type {[name: string, find: () => Promise<string | undefined>, ...args: string[]][]} */
const RUNTIMES = [
  ['Node', async () => process.execPath],
  ['Node', () => findRuntime('NODE22')],
  ['Node', () => findRuntime('NODE24')],
  ['Node', () => findRuntime('NODE26')],
  ['Deno', () => findRuntime('DENO'), 'run', '--no-prompt'],
  ['Bun', () => findRuntime('BUN')],
];

export async function coldstart({ quick }) {
  const rows = [];
  const seen = new Set();
  for (const [name, find, ...args] of RUNTIMES) {
    const binary = await find();
    const version =
      binary && spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.match(/\d+\.\d+\.\d+/)?.[0];
    const title = `${name} ${version}`;
    if (binary === undefined || seen.has(title)) continue;
    seen.add(title);
    const times = await race(
      {
        empty: () => run(binary, ...args, SCRIPTS.empty),
        answer: () => run(binary, ...args, SCRIPTS.answer),
      },
      { rounds: quick ? 5 : 21, blockMs: 0, warmMs: 300 },
    );
    const [empty, answer] = [times.empty, times.answer];
    const more = median(answer) - median(empty);
    rows.push([
      title,
      median(empty).toFixed(1),
      median(answer).toFixed(1),
      more.toFixed(1),
      `${ratio(answer, empty).toFixed(2)}x`,
    ]);
  }
  return table(['runtime', 'empty script, ms', 'first answer, ms', 'ours, ms', 'of the empty script'], rows);
}

function run(binary, ...args) {
  const { status, stdout, stderr } = spawnSync(binary, args, { encoding: 'utf8' });
  const answers = args.at(-1) === SCRIPTS.answer;
  if (status !== 0 || (answers && stdout !== 'POSITIVE'))
    throw new Error(`${binary} ended with ${status}: ${stderr}`);
}
