/** Tasks that begin in the order in which they come, of which a number may be under way at once. */
export class Queue {
  readonly #most: number;
  readonly #running = new Set<Promise<unknown>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(most: number) {
    this.#most = most;
  }

  /** What the task gives, which begins when all earlier ones have begun and fewer than `most` of them are under way. */
  run<T>(task: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      while (this.#running.size >= this.#most) await Promise.race(this.#running);
      // Not awaited: the next task may begin when this one has.
      return { running: this.#begin(task) };
    });
    this.#last = result;
    return result.then(({ running }) => running);
  }

  #begin<T>(task: () => T | Promise<T>): Promise<T> {
    const running = (async () => task())();
    const settled: Promise<void> = running.then(
      () => void this.#running.delete(settled),
      () => void this.#running.delete(settled),
    );
    this.#running.add(settled);
    return running;
  }
}
