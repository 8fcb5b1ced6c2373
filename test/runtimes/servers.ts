// Programs that serve while tests ask them.

import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface Started {
  readonly pid: number;
  /** What it has written so far. */
  readonly output: () => string;
  /** Ends it and what it has started. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a program and waits until an address answers.
 *
 * @throws Error it ends before, or does not answer within a minute; with what it has written
 */
export async function serve(
  [command, ...args]: readonly [string, ...string[]],
  cwd: string,
  address: string,
  env: Record<string, string> = {},
): Promise<Started> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what npm starts is not ended with npm.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let running = true;
  ended.then(() => (running = false));
  const stop = async () => {
    if (running) process.kill(-child.pid!, 'SIGKILL');
    await ended;
  };
  const deadline = Date.now() + 60_000;
  while (running && Date.now() < deadline) {
    if (await fetch(address).catch(() => undefined)) return { pid: child.pid!, output: () => output, stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error(`${command} ${args.join(' ')} does not answer at ${address}:\n${output}`);
}
