#!/usr/bin/env node
// The command line. Data goes to stdout and nothing else does; sentences and progress go to stderr.

import { createRequire } from 'node:module';

/** 128 + SIGPIPE: what shells report of a program whose reader has left, as `head` does. */
const READER_LEFT = 141;

/** Waits until a stream has taken everything: process.exit() would drop the rest of a slow pipe. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // What else can fail while writing reaches whoever wrote.
  if (code === 'EPIPE') process.exit(READER_LEFT);
});
process.stderr.on('error', () => undefined);
// The parser of options is CommonJS: bundled into a module, it looks for this to reach Node's own modules.
globalThis.require ??= createRequire(import.meta.url);
const { run } = await import('./program.ts');
const exitCode = await run(process.argv.slice(2));
await Promise.all([drained(process.stdout), drained(process.stderr)]);
process.exit(exitCode);
