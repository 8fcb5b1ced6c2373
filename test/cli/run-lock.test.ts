import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { beforeAll, describe, expect, it } from 'vitest';
import { LOCK_FILE, RunLock } from '../../src/train/run/run-lock.ts';
import { failure } from '../helpers.ts';
import { ended, hashformer, type Result, start, temporaryFolder } from './run.ts';
import { reviews } from './training-data.ts';

const at = await temporaryFolder();
const DATA = ['--preset', 'tiny', '--max-length', '16', '--train', 'train.csv', '--dev', 'dev.csv'];
const GO = ['finetune', ...DATA, '--epochs', '6', '--evaluate-every', '10', '--batch-size', '16', '--quiet'];

const run = (...args: string[]) => hashformer([...GO, ...args], { cwd: at() });
const model = (name: string) => readFile(at(name, 'last', 'model.safetensors'));
const lockOf = (name: string) => readFile(at(name, LOCK_FILE), 'utf8');

/** Starts a run and waits until it has made so many steps. */
async function begun(name: string, steps: number) {
  const child = start([...GO, '--out', name], { cwd: at() });
  const result = ended(child);
  const count = async () =>
    (await readFile(at(name, 'metrics.jsonl'), 'utf8').catch(() => '')).split('"type":"step"').length - 1;
  while ((await count()) < steps && child.exitCode === null) await new Promise((wake) => setTimeout(wake, 5));
  return { child, result };
}

/** That of two processes one did its work and the other said why it did not. */
function expectOneOf(results: readonly Result[]): void {
  expect(results.map(({ code }) => code).sort()).toEqual([0, 2]);
  const refused = results.find(({ code }) => code === 2)!;
  expect(refused.stderr).toMatch(
    /is being trained into by process \d+: wait for its end or write to another/,
  );
}

beforeAll(async () => {
  await writeFile(at('train.csv'), reviews(160, 1));
  await writeFile(at('dev.csv'), reviews(40, 2));
  expect((await run('--out', 'alone')).code).toBe(0);
});

describe('two processes and one folder', () => {
  it('begun at once: one trains as if it were alone', async () => {
    expectOneOf(await Promise.all([run('--out', 'both'), run('--out', 'both')]));
    expect((await model('both')).equals(await model('alone'))).toBe(true);
    expect(await readdir(at('both'))).not.toContain(LOCK_FILE);
  });

  it('the second does not disturb the first, and goes on at once when that was killed', async () => {
    const { child, result } = await begun('killed', 23);
    for (const args of [[], ['--resume']]) {
      const { code, stderr } = await run('--out', 'killed', ...args);
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining(`by process ${child.pid}: wait for its end`),
      ]);
    }
    child.kill('SIGKILL');
    expect((await result).code).toBeNull();
    expect(JSON.parse(await lockOf('killed')).pid).toBe(child.pid);
    expectOneOf(await Promise.all([run('--out', 'killed', '--resume'), run('--out', 'killed', '--resume')]));
    expect((await model('killed')).equals(await model('alone'))).toBe(true);
    expect(await readdir(at('killed'))).not.toContain(LOCK_FILE);
  });

  it("a run whose lock another has taken writes no checkpoint over that one's", async () => {
    const { result } = await begun('taken', 12);
    const before = await model('taken');
    await writeFile(at('taken', LOCK_FILE), '{"of":"another"}');
    const { code, stderr } = await result;
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("is not this run's any more: another run trains"),
    ]);
    expect((await model('taken')).equals(before)).toBe(true);
    expect(await lockOf('taken')).toBe('{"of":"another"}');
  });

  it('leaves no folder behind where the data cannot be learnt from', async () => {
    await writeFile(at('bad.csv'), 'text,label\na,b\n');
    const { code } = await run('--train', 'bad.csv', '--out', 'new/folder');
    expect(code).not.toBe(0);
    expect(await readdir(at())).not.toContain('new');
  });
});

describe('a lock', () => {
  const holder = {
    pid: process.pid,
    host: hostname(),
    started: Date.now() - process.uptime() * 1000,
    id: 'x',
  };
  const MINUTE = 60_000;
  /** Puts a lock into a folder that was last looked after so long ago. */
  async function leave(name: string, content: object | string, age = 0): Promise<string> {
    await mkdir(at(name), { recursive: true });
    await writeFile(at(name, LOCK_FILE), typeof content === 'string' ? content : JSON.stringify(content));
    const then = new Date(Date.now() - age);
    await utimes(at(name, LOCK_FILE), then, then);
    return at(name);
  }
  const refused = (folder: string) => failure(() => RunLock.take(folder), 'argument');
  const taken = async (folder: string) => (await RunLock.take(folder)).release();

  it("is one run's of a process, too", async () => {
    const lock = await RunLock.take(at('one'));
    expect((await refused(at('one'))).message).toContain(`by process ${process.pid}: wait`);
    await lock.keep(true);
    await lock.release();
    expect(await readdir(at())).not.toContain('one');
  });

  it('of an earlier process with our number is taken over', async () => {
    await taken(await leave('number', { ...holder, started: holder.started - MINUTE }));
    await refused(await leave('ours', holder));
  });

  it('of another machine holds as long as that looks after it', async () => {
    const other = { ...holder, host: 'elsewhere' };
    const { message } = await refused(await leave('remote', other, 5 * MINUTE));
    expect(message).toMatch(/by process \d+ on elsewhere: .*; if that is gone, delete .*run\.lock\.$/);
    await taken(await leave('remote', other, 20 * MINUTE));
  });

  it('that was never written to its end holds for a moment', async () => {
    expect((await refused(await leave('torn', '{"pi'))).message).toContain('by another run');
    await taken(await leave('torn', '{"pi', MINUTE));
  });
});
