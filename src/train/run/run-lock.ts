// Whoever trains into a run's folder holds its file run.lock, so that a second run, in another process or in this one,
// does not mix its checkpoints in. A lock names its holder: one whose process is gone, after kill -9, is taken over.

import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { HashformerError } from '../../errors.ts';
import { failure } from '../../runtime/failure.ts';

export const LOCK_FILE = 'run.lock';
/** How often a run looks after its lock, in ms. */
const CARE = 10_000;
/** A lock of another machine's that nobody has looked after for so long is left behind, in ms. */
const FORGOTTEN = 15 * 60_000;
/** Whoever has found the same lock left behind has put its own in its place after this, in ms. */
const SETTLED = 100;
/** Clocks are set while programs run: how far two readings of when a process began may lie apart, in ms. */
const SAME_START = 2000;

interface Holder {
  readonly pid: number;
  /** Null in Deno, which would ask for leave to know it. */
  readonly host: string | null;
  /** When the process began, in ms. */
  readonly started: number;
  /** Two runs of one process differ in it. */
  readonly id: string;
}

interface Found {
  readonly text: string;
  /** When its holder last looked after it, in ms. */
  readonly touched: number;
}

/** The part of Deno that is used: locks of the system's, which end with their process. */
interface Deno {
  openSync(
    path: string,
    options: { create: boolean; write: boolean },
  ): {
    tryLockSync(exclusive: boolean): boolean;
    close(): void;
  };
}

const deno = () => (globalThis as { readonly Deno?: Deno }).Deno;

function ourselves(): Holder {
  const started = Math.round(Date.now() - process.uptime() * 1000);
  return { pid: process.pid, host: deno() ? null : hostname(), started, id: randomUUID() };
}

/** Undefined where there is no lock. */
async function find(path: string): Promise<Found | undefined> {
  try {
    return { text: await readFile(path, 'utf8'), touched: (await stat(path)).mtimeMs };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure(path, 'read', cause);
  }
}

/** Null of a lock that is being written, or was when its process ended. */
function holderOf({ text }: Found): Holder | null {
  try {
    const holder = JSON.parse(text) as Holder | null;
    return Number.isInteger(holder?.pid) && holder!.pid > 0 ? holder : null;
  } catch {
    return null;
  }
}

function isHeld(found: Found): boolean {
  const holder = holderOf(found);
  const age = Date.now() - found.touched;
  if (holder === null) return age < CARE;
  if (holder.host !== null && holder.host !== hostname()) return age < FORGOTTEN;
  const { pid, started } = ourselves();
  // A process of that number began later: containers give the same few numbers again and again.
  if (holder.pid === pid) return Math.abs(holder.started - started) < SAME_START;
  try {
    return process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function refusal(folder: string, found: Found | undefined): HashformerError {
  const holder = found === undefined ? null : holderOf(found);
  const elsewhere = holder !== null && !deno() && holder.host !== null && holder.host !== hostname();
  const who =
    holder === null ? 'another run' : `process ${holder.pid}${elsewhere ? ` on ${holder.host}` : ''}`;
  const gone = elsewhere ? `; if that is gone, delete ${join(folder, LOCK_FILE)}` : '';
  return new HashformerError(
    'argument',
    `${folder} is being trained into by ${who}: wait for its end or write to another folder${gone}.`,
  );
}

export class RunLock {
  readonly #folder: string;
  readonly #path: string;
  readonly #text = JSON.stringify(ourselves());
  /** The outermost folder that was made for the lock. */
  #made: string | undefined;
  #systemLock: ReturnType<Deno['openSync']> | undefined;
  #caredFor = 0;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, LOCK_FILE);
  }

  /**
   * Locks a run's folder, which is made where there is none.
   *
   * @throws HashformerError `argument`: another run holds it; `source`
   */
  static async take(folder: string): Promise<RunLock> {
    const lock = new RunLock(folder);
    try {
      lock.#made = await mkdir(folder, { recursive: true });
      if (deno()) await lock.#takeSystemLock(deno()!);
      else while (!(await lock.#takeFile()));
    } catch (cause) {
      if (cause instanceof HashformerError) throw cause;
      await lock.#removeMade();
      throw failure(lock.#path, 'written', cause);
    }
    return lock;
  }

  /** False where the lock changed meanwhile, so that it must be looked at again. */
  async #takeFile(): Promise<boolean> {
    try {
      await writeFile(this.#path, this.#text, { flag: 'wx' });
      return true;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    }
    const found = await find(this.#path);
    if (found === undefined) return false;
    if (isHeld(found)) throw refusal(this.#folder, found);
    const part = `${this.#path}.${process.pid}-1.part`;
    await writeFile(part, this.#text);
    await rename(part, this.#path);
    await wait(SETTLED);
    return this.#isOurs(await find(this.#path));
  }

  async #takeSystemLock({ openSync }: Deno): Promise<void> {
    this.#systemLock = openSync(this.#path, { create: true, write: true });
    if (!this.#systemLock.tryLockSync(true)) {
      this.#systemLock.close();
      throw refusal(this.#folder, await find(this.#path));
    }
    await writeFile(this.#path, this.#text);
  }

  #isOurs(found: Found | undefined): boolean {
    return found?.text === this.#text;
  }

  /**
   * To be called before a checkpoint is written, with `now`, and in between: holds on to the lock.
   *
   * @throws HashformerError `source`: another run has taken it, as after a long sleep of this machine
   */
  async keep(now: boolean): Promise<void> {
    if (!now && Date.now() - this.#caredFor < CARE) return;
    this.#caredFor = Date.now();
    const found = await find(this.#path);
    if (this.#isOurs(found)) {
      await utimes(this.#path, new Date(), new Date()).catch(() => undefined);
      return;
    }
    throw new HashformerError(
      'source',
      `${this.#path} is not this run's any more: ${found === undefined ? 'it was deleted' : 'another run trains into the folder'}. ` +
        'This run stops, and writes nothing more there.',
    );
  }

  async release(): Promise<void> {
    if (this.#isOurs(await find(this.#path).catch(() => undefined))) await rm(this.#path, { force: true });
    this.#systemLock?.close();
    await this.#removeMade();
  }

  /** Folders that were made for the lock and hold nothing else. */
  async #removeMade(): Promise<void> {
    if (this.#made === undefined) return;
    const outermost = resolve(this.#made);
    for (let path = resolve(this.#folder); path.length >= outermost.length; path = dirname(path)) {
      if (
        !(await rmdir(path).then(
          () => true,
          () => false,
        ))
      )
        return;
    }
  }
}
