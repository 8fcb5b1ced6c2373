// Runs the steps of one page, one after the other, in one process and one folder. Takes the steps as a JSON file, and
// writes what each gave into another: { error?, output, shown: { line: text } } a step.

import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { format, inspect } from 'node:util';

const [stepsPath, resultsPath] = process.argv.slice(2);
const steps = JSON.parse(readFileSync(stepsPath, 'utf8'));
const results = [];
const started = [];

let shown;
const add = (line, text) => {
  shown[line] = shown[line] === undefined ? text : `${shown[line]}\n${text}`;
};
globalThis.__docs = {
  log:
    (line) =>
    (...args) =>
      add(line, format(...args)),
  show(line, value) {
    add(line, inspect(value));
    return value;
  },
};

/** Runs commands in bash, as a user would type them. */
function bash(commands, merged) {
  const args = ['-e', '-o', 'pipefail', '-c', merged ? `exec 2>&1\n${commands}` : commands];
  const { status, stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8' });
  return { output: stdout, ...(status === 0 ? {} : { error: `exit code ${status}\n${stdout}\n${stderr}` }) };
}

/** The same in a terminal of 100 columns, which util-linux' script makes. */
function terminal(commands) {
  const inner = `stty cols 100 rows 40; ${commands}`;
  const { status, stdout } = spawnSync('script', ['-qec', inner, '/dev/null'], {
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, TERM: 'xterm' },
  });
  const output = stdout.replaceAll('\r\n', '\n');
  return { output, ...(status === 0 ? {} : { error: `exit code ${status}\n${output}` }) };
}

/** Starts commands that go on; returns as soon as they have said a line. */
function background(commands) {
  const child = spawn('bash', ['-c', `exec ${commands}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  return new Promise((resolve) => {
    let output = '';
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (output.includes('\n')) resolve({ output });
    });
    child.on('exit', (code) => resolve({ output, error: `exit code ${code}\n${errors}` }));
  });
}

for (const step of steps) {
  shown = {};
  let result;
  try {
    if (step.kind === 'module') {
      await import(pathToFileURL(step.path).href);
      result = { output: '' };
    } else if (step.kind === 'background') result = await background(step.commands);
    else if (step.kind === 'terminal') result = terminal(step.commands);
    else result = bash(step.commands, step.kind === 'console');
  } catch (error) {
    result = { output: '', error: inspect(error) };
  }
  results.push({ ...result, shown });
  if (result.error !== undefined) break;
}
writeFileSync(resultsPath, JSON.stringify(results));
for (const child of started) child.kill('SIGTERM');
process.exit(0);
