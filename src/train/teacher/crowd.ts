import type { Worker as Thread } from 'node:worker_threads';
import { place } from '#place';
import { throwIfAborted } from '../../abort.ts';
import { type ErrorCode, HashformerError } from '../../errors.ts';
import type { HashFormer } from '../../model/hashformer.ts';
import type { Tier } from '../../runtime/tier.ts';
import type { Text } from '../../tokenizer/text.ts';
import { answer } from './answer.ts';
import type { OutputFacts, Outputs } from './parts.ts';

/** What a thread is started with. */
export interface TeacherStart {
  readonly model: { config: object; weights: Uint8Array; tokenizer?: object };
  readonly tier: Tier | null;
  readonly target: OutputFacts['target'];
}

/** What it says to a list of texts. */
export type Answered =
  | { readonly outputs: Outputs }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string } };

/** Answers several lists of texts at a time, each as soon as somebody is free. */
export interface Crowd {
  /** How many lists it answers at a time. */
  readonly size: number;
  /** @throws HashformerError `aborted`, `memory`; or as logits() and sentences() */
  ask(texts: readonly Text[], signal?: AbortSignal): Promise<Outputs>;
  dismiss(): Promise<void>;
}

/**
 * A teacher in this thread, or copies of it in several, which are started as they are needed. A signal ends all that is
 * going on; whoever is done with a crowd dismisses it, whatever happened.
 */
export function gather(teacher: HashFormer, target: OutputFacts['target'], workers: number): Crowd {
  if (workers === 1) {
    return {
      size: 1,
      ask: (texts, signal) => answer(teacher, target, texts, signal),
      dismiss: async () => undefined,
    };
  }
  const all: Thread[] = [];
  const free: Thread[] = [];
  const waiting: ((thread: Thread) => void)[] = [];
  let model: Promise<TeacherStart['model']> | undefined;
  const start = async (): Promise<Thread> => {
    const { Worker, teacherAddress } = await place.threads();
    model ??= teacher.save();
    const workerData: TeacherStart = { model: await model, tier: teacher.tier, target };
    const thread = new Worker(teacherAddress, { workerData });
    all.push(thread);
    return thread;
  };
  let started = 0;
  const someone = (): Promise<Thread> | Thread => {
    const thread = free.pop();
    if (thread !== undefined) return thread;
    if (started++ < workers) return start();
    return new Promise((resolve) => waiting.push(resolve));
  };
  return {
    size: workers,
    ask: async (texts, signal) => {
      const thread = await someone();
      throwIfAborted(signal);
      const report = await reportOf(thread, texts, signal);
      const next = waiting.shift();
      if (next === undefined) free.push(thread);
      else next(thread);
      if ('failure' in report) throw new HashformerError(report.failure.code, report.failure.message);
      return report.outputs;
    },
    dismiss: async () => {
      await Promise.all(all.map((thread) => thread.terminate()));
    },
  };
}

/** What a thread says to texts. */
async function reportOf(
  thread: Thread,
  texts: readonly Text[],
  signal: AbortSignal | undefined,
): Promise<Answered> {
  let forget = () => {};
  try {
    return await new Promise<Answered>((resolve, reject) => {
      const stop = () => {
        try {
          throwIfAborted(signal);
        } catch (error) {
          reject(error);
        }
      };
      const fail = (cause: Error) =>
        reject(new HashformerError('memory', `A worker thread failed: ${cause.message}`, { cause }));
      signal?.addEventListener('abort', stop);
      thread.once('message', resolve);
      thread.once('error', fail);
      // One by one: removeAllListeners() also takes away what Node listens with, and no later answer comes.
      forget = () => {
        signal?.removeEventListener('abort', stop);
        thread.off('message', resolve);
        thread.off('error', fail);
      };
      thread.postMessage(texts);
    });
  } finally {
    forget();
  }
}
