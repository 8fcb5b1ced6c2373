// Tests that need something which not every machine has: a browser, a runtime, rights, data that are not ours to publish.

import { spawnSync } from 'node:child_process';
import { describe, it, type TestContext, type TestOptions } from 'vitest';

/** A test; where something is missing it is skipped, and the report says what. */
export function itUnless(
  missing: string,
  name: string,
  test: (context: TestContext) => unknown,
  options: TestOptions = {},
): void {
  it(name, options, (context) => {
    context.skip(missing !== '', missing);
    return test(context);
  });
}

/** A group of tests; where something is missing none of them nor of their hooks runs, and the group's name says what. */
export function describeUnless(missing: string, name: string, tests: () => void): void {
  if (missing === '') describe(name, tests);
  else describe.skip(`${name} (skipped: ${missing})`, tests);
}

/** Why a test of what Windows does not have does not run, or ''. */
export const needsPosix = process.platform === 'win32' ? 'Windows has no POSIX signals, links and modes' : '';

/** Why a test of folders that may not be written to does not run, or ''. */
export const needsModes =
  needsPosix ||
  (process.getuid?.() === 0 ? 'root may write to a folder whose mode says that nobody may' : '');

/** Why a test that mounts a small disk in a name space of its own does not run, or ''. */
export function needsMount(): string {
  const { status } = spawnSync('unshare', ['-rm', 'true']);
  return status === 0 ? '' : 'this system has no unshare, or does not let us mount a file system';
}

/** Why a test of another runtime does not run, or ''. `npm run test:runtimes` sets the variables. */
export function needsRuntime(variable: string): string {
  return process.env[variable] === undefined ? `the variable ${variable} names none` : '';
}
