import { Refusal } from './http-refusal.ts';

/**
 * Until when a request is worked on: the server's time is up, or the client has left. (AbortSignal.any() keeps what it
 * is made from alive in Node 20.)
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #client: AbortSignal | undefined;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #left = () => this.#controller.abort(new Refusal(499, 'client_closed', 'The client left.'));

  /** @param milliseconds from now on */
  constructor(milliseconds: number, request: Request) {
    // Deno seldom tells that a client has left, and complains on stderr of every program that asks.
    const client = 'Deno' in globalThis ? undefined : request.signal;
    this.#client = client;
    this.#timer = setTimeout(() => {
      const seconds = milliseconds / 1000;
      const message = `The request took longer than ${seconds} seconds; send fewer texts or try again.`;
      this.#controller.abort(new Refusal(504, 'timeout', message));
    }, milliseconds);
    if (client?.aborted) this.#left();
    else client?.addEventListener('abort', this.#left);
  }

  /** Its reason is a Refusal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for what cannot be aborted, but not longer than until the deadline. */
  async wait<T>(task: Promise<T>): Promise<T> {
    const { signal } = this;
    signal.throwIfAborted();
    let leave = () => {};
    const over = new Promise<never>((_, reject) => {
      leave = () => reject(signal.reason);
      signal.addEventListener('abort', leave);
    });
    try {
      return await Promise.race([task, over]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#client?.removeEventListener('abort', this.#left);
  }
}
