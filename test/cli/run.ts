import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** The built command line, as the package ships it. */
export const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Result {
  code: number | null;
  stdout: string;
  bytes: Buffer;
  stderr: string;
}

export interface RunOptions {
  /** What stdin holds; nothing by default. */
  input?: string | Uint8Array;
  cwd?: string;
  env?: Record<string, string>;
  nodeOptions?: readonly string[];
  /** Another copy of the command line. */
  cli?: string;
}

export function start(args: readonly string[], options: RunOptions = {}): ChildProcess {
  return spawn(process.execPath, [...(options.nodeOptions ?? []), options.cli ?? CLI, ...args], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
}

/** Collects what a process says until it ends. */
export function ended(child: ChildProcess): Promise<Result> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout!.on('data', (chunk) => out.push(chunk));
  child.stderr!.on('data', (chunk) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const bytes = Buffer.concat(out);
      resolve({ code, bytes, stdout: bytes.toString(), stderr: Buffer.concat(err).toString() });
    });
  });
}

/** Runs the command line to its end. */
export async function hashformer(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const child = start(args, options);
  const result = ended(child);
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input);
  return result;
}

/** The rows of a successful run that printed JSON lines. */
export async function rowsOf(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await hashformer([...args, '--jsonl'], options);
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
  return linesOf(stdout);
}

/** Parses JSON lines, of which the last must be complete too. */
export function linesOf(text: string): Record<string, unknown>[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error(`The last line is cut: ${text.slice(-80)}`);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** A folder that is gone after the tests of a file. */
export async function temporaryFolder(): Promise<(...parts: string[]) => string> {
  const folder = await mkdtemp(join(tmpdir(), 'hashformer-cli-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return (...parts) => join(folder, ...parts);
}
