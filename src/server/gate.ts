import { overloaded } from './http-refusal.ts';

/**
 * How many requests are worked on at a time, and how many may wait. A model computes one batch at a time and requests
 * take turns between batches; more at a time makes short ones wait less behind long ones, and every one take longer.
 */
export class Gate {
  readonly #most: number;
  readonly #room: number;
  #admitted = 0;
  #running = 0;
  readonly #waiting = new Set<() => void>();
  #empty: (() => void) | undefined;

  /** @param most at a time @param queue how many more are let in */
  constructor(most: number, queue: number) {
    this.#most = most;
    this.#room = most + queue;
  }

  /** Requests that were let in and have not left. */
  get admitted(): number {
    return this.#admitted;
  }

  /** Those that wait for their turn. */
  get queued(): number {
    return this.#waiting.size;
  }

  /**
   * Lets a request in, before its body is read.
   *
   * @throws Refusal 503: too many are in already
   */
  admit(): void {
    if (this.#admitted >= this.#room) {
      throw overloaded(`The server has ${this.#admitted} requests to answer already; try again in a second.`);
    }
    this.#admitted++;
  }

  leave(): void {
    this.#admitted--;
    if (this.#admitted === 0) this.#empty?.();
  }

  /** Resolves when every request that was let in has left. */
  async emptied(): Promise<void> {
    if (this.#admitted > 0) await new Promise<void>((resolve) => (this.#empty = resolve));
  }

  /** Runs a task when it is its turn; throws the signal's reason if that comes first. */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#turn(signal);
    try {
      return await task();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#running--;
      else next();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < this.#most) {
      this.#running++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const go = () => {
        this.#waiting.delete(go);
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const stop = () => {
        this.#waiting.delete(go);
        reject(signal.reason);
      };
      this.#waiting.add(go);
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}
