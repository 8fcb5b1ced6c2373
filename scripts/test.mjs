// Runs vitest and keeps its report, for `npm run count`.
//
//   node scripts/test.mjs NAME [--node NODE24] [arguments of vitest]
//
// NAME is the report's. With --node it runs under another Node of scripts/runtimes.mjs, which is fetched if need be.

import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { countTests, reports } from './count.mjs';
import { findRuntime } from './runtimes.mjs';

const [name, ...args] = process.argv.slice(2);
if (name === undefined || name.startsWith('-'))
  throw new Error('Name the report: node scripts/test.mjs unit …');
let node = process.execPath;
if (args[0] === '--node') {
  const [, variable = ''] = args.splice(0, 2);
  const found = await findRuntime(variable);
  if (found === undefined)
    throw new Error(`There is no ${variable} for this machine; name one in ${variable}.`);
  node = found;
}
const report = join(reports, `${name}.json`);
await rm(report, { force: true });
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const program = join('node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(node, [program, 'run', ...reporters, ...args], { stdio: 'inherit' });
console.log(await countTests([name]));
process.exitCode = status ?? 1;
