// hashformer/js against what binaryen's wasm2js makes of the scalar wasm, with the package's own host around it.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goal, table } from './lib/table.mjs';

const GOAL = 2;
const require = createRequire(import.meta.url);
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const FEATURES = ['bulk-memory', 'sign-ext', 'nontrapping-float-to-int', 'mutable-globals'];
/** How Node runs either; without its compilers it is an interpreter, as the engines are that lack WebAssembly. */
const MODES = { 'Node, compiled': [], 'Node, interpreted (--jitless)': ['--jitless'] };

/** The module that wasm2js makes, without the import that it does not use. */
function wasm2js(target) {
  const program = join(dirname(require.resolve('binaryen')), 'bin', 'wasm2js');
  const features = FEATURES.map((name) => `--enable-${name}`);
  execFileSync(process.execPath, [
    program,
    path('../dist/wasm/scalar.wasm'),
    '-O3',
    ...features,
    '-o',
    target,
  ]);
  writeFileSync(
    target,
    readFileSync(target, 'utf8').replace(/^import .* from 'env';$/m, 'var env = { setTempRet0() {} };'),
  );
}

export async function js({ quick }) {
  const folder = mkdtempSync(join(os.tmpdir(), 'hashformer-bench-'));
  try {
    const file = join(folder, 'scalar.mjs');
    wasm2js(file);
    const answer = (mode, contender, rounds) => {
      const args = [...MODES[mode], path('js/answer.mjs'), contender, file, String(rounds)];
      return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
    };
    const rows = Object.keys(MODES).map((mode, i) => {
      const rounds = i === 0 ? (quick ? 10 : 40) : quick ? 1 : 5;
      const theirs = answer(mode, 'wasm2js', rounds);
      const ours = answer(mode, 'ours', rounds);
      if (!theirs.logits.every(Number.isFinite)) throw new Error(`${mode}: wasm2js gives no logits`);
      const cells = goal(GOAL, theirs.ms / ours.ms);
      return [mode, theirs.ms.toFixed(1), ours.ms.toFixed(1), ...cells];
    });
    const columns = ['engine', 'wasm2js, ms a text', 'hashformer/js', 'goal', 'faster by', 'met'];
    const note =
      'wasm2js reads words at odd addresses as if they were even, so that it hashes wrongly; its work is the same.';
    return `User time for each of 10 texts through \`sentiment\`. ${note}\n\n${table(columns, rows)}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
