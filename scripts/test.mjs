// Runs the tests, and once more under Node 24 those of the relaxed tier, which Node 20 does not validate. The last
// line counts both runs, from vitest's own reports.

import { spawnSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printDigests } from './digests.mjs';
import { findRuntime, NODES, RUNTIMES } from './runtimes.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => join(root, ...parts);
const reports = at('.cache', 'reports');
/** Tests whose targets include the relaxed tier. */
const TIER_TESTS = [
  'test/numbers',
  'test/api/determinism',
  'test/api/oracle',
  'test/kernel',
  'test/train/golden',
  'test/train/gradients',
  'test/train/adamw',
  'test/train/backend',
  'test/train/trainer',
];

/** Runs vitest under a Node; its report goes to `name`.json. True when everything passed. */
function vitest(node, name, args) {
  const report = join(reports, `${name}.json`);
  const program = at('node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return (
    spawnSync(node, [program, 'run', ...reporters, ...args], { cwd: root, stdio: 'inherit' }).status === 0
  );
}

/** The ordinary tests under every other Node. */
function ordinarySuites() {
  delete process.env.TEST_RUNTIMES;
  return NODES.map((variable) => {
    const node = process.env[variable];
    return node === undefined || vitest(node, variable.toLowerCase(), []);
  }).every(Boolean);
}

async function hasRelaxed() {
  return WebAssembly.validate(await readFile(at('dist', 'wasm', 'relaxed.wasm')));
}

async function count() {
  let passed = 0;
  let failed = 0;
  for (const name of ['node', 'relaxed', 'package', 'runtimes', ...NODES.map((name) => name.toLowerCase())]) {
    const report = await readFile(join(reports, `${name}.json`), 'utf8').catch(() => null);
    if (report === null) continue;
    const { numPassedTests, numFailedTests, numFailedTestSuites, numTotalTests } = JSON.parse(report);
    passed += numPassedTests;
    // A file that fails before its first test fails too.
    failed += numFailedTests + (numTotalTests === 0 ? numFailedTestSuites : 0);
  }
  return `${passed} passed, ${failed} failed`;
}

if (process.argv.includes('--count')) {
  console.log(await count());
} else if (process.argv.includes('--package')) {
  process.env.TEST_PACKAGE = '1';
  process.exitCode = vitest(process.execPath, 'package', ['test/package']) ? 0 : 1;
} else if (process.argv.includes('--runtimes')) {
  process.env.TEST_RUNTIMES = '1';
  if (process.argv.includes('--quick')) process.env.TEST_QUICK = '1';
  if (process.argv.includes('--all-texts')) process.env.TEST_ALL_TEXTS = '1';
  for (const [variable, { slow }] of Object.entries(RUNTIMES)) {
    if (slow && process.env.TEST_QUICK !== undefined) continue;
    const path = await findRuntime(variable);
    if (path !== undefined) process.env[variable] = path;
    else
      console.log(
        `${variable} is not tested: there is nothing of it for this machine; name one in ${variable}.`,
      );
  }
  await rm(at('.cache', 'digests'), { recursive: true, force: true });
  const only = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
  let passed = vitest(process.execPath, 'runtimes', only.length > 0 ? only : ['test/runtimes']);
  if (only.length === 0 && process.env.TEST_QUICK === undefined) passed = ordinarySuites() && passed;
  process.exitCode = (await printDigests()) && passed ? 0 : 1;
} else if (process.argv.includes('--fuzz')) {
  process.env.FUZZ = '1';
  process.exitCode = vitest(process.execPath, 'fuzz', ['test/fuzz']) ? 0 : 1;
} else {
  await rm(reports, { recursive: true, force: true });
  let passed = vitest(process.execPath, 'node', process.argv.slice(2));
  if (!(await hasRelaxed())) {
    const node = await findRuntime('NODE24');
    if (node === undefined)
      console.log('The relaxed tier was not tested: there is no Node 24 for this machine.');
    else passed = vitest(node, 'relaxed', TIER_TESTS) && passed;
  }
  console.log(await count());
  process.exitCode = passed ? 0 : 1;
}
