import worker from '#worker';
import type { Calls, Reply, Request } from '../protocol.ts';

/** The worker's calls, from the page. */
export type Client = <K extends keyof Calls>(
  call: K,
  ...args: Parameters<Calls[K]>
) => Promise<Awaited<ReturnType<Calls[K]>>>;

/** Starts the worker: of a blob, as a page of a file has no address that a worker's script could have. */
export function startWorker(): Client {
  const address = URL.createObjectURL(new Blob([worker], { type: 'text/javascript' }));
  const thread = new Worker(address);
  URL.revokeObjectURL(address);
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let calls = 0;
  thread.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
    const { resolve, reject } = waiting.get(data.id)!;
    waiting.delete(data.id);
    if ('error' in data) reject(new Error(data.error));
    else resolve(data.value as never);
  });
  thread.addEventListener('error', () => {
    for (const { reject } of waiting.values())
      reject(new Error('This browser could not run the page’s worker.'));
    waiting.clear();
  });
  return (call, ...args) =>
    new Promise((resolve, reject) => {
      const id = ++calls;
      waiting.set(id, { resolve, reject });
      thread.postMessage({ id, call, args } satisfies Request);
    });
}

/**
 * Runs a task again and again while it is asked for, one at a time: what is asked for during a run is done once, after
 * it. What goes wrong is told, and ends nothing.
 */
export function latest(task: () => Promise<void>, onError: (error: Error) => void): () => void {
  let running = false;
  let again = false;
  const run = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      await task().catch(onError);
    } while (again);
    running = false;
  };
  return run;
}

/** Runs a task once nobody has asked for it for a while. */
export function settled(task: () => void, milliseconds: number): () => void {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = window.setTimeout(task, milliseconds);
  };
}
