import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { ended, type Result } from '../cli/run.ts';
import { metric } from './ask.ts';

export interface Running {
  /** http://HOST:PORT */
  readonly address: string;
  readonly child: ChildProcess;
  /** What it said, when it has ended. */
  readonly result: Promise<Result>;
}

/** Starts a server; resolves when it has printed its address. */
export async function serve(
  binary: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Running> {
  const child = spawn(binary, args, {
    ...options,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const result = ended(child);
  const address = new Promise<string>((resolve) => {
    let said = '';
    child.stdout!.on('data', (chunk) => {
      said += chunk;
      if (said.includes('\n')) resolve(said.trim());
    });
  });
  const failed = result.then(({ code, stderr }) => {
    throw new Error(`exit ${code}: ${stderr}`);
  });
  failed.catch(() => undefined);
  return { address: await Promise.race([address, failed]), child, result };
}

/** The value of a metric of a running server. */
export async function metricOf(address: string, name: string): Promise<number> {
  return metric(await (await fetch(`${address}/metrics`)).text(), name);
}
