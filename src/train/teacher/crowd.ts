import type { Tier } from '../../backend/tier.ts';
import { type ErrorCode, HashformerError } from '../../errors.ts';
import type { HashFormer } from '../../model/hashformer.ts';
import type { Text } from '../../tokenizer/text.ts';
import { teacherAddress } from '../worker-address.ts';
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
  readonly size: number;
  ask(texts: readonly Text[], signal?: AbortSignal): Promise<Outputs>;
  dismiss(): Promise<void>;
}

/** A teacher in this thread, or copies of it in several. */
export async function gather(
  teacher: HashFormer,
  target: OutputFacts['target'],
  workers: number,
): Promise<Crowd> {
  if (workers === 1) {
    return {
      size: 1,
      ask: (texts, signal) => answer(teacher, target, texts, signal),
      dismiss: async () => undefined,
    };
  }
  const { Worker } = await import('node:worker_threads');
  const workerData: TeacherStart = { model: await teacher.save(), tier: teacher.tier, target };
  const all = Array.from({ length: workers }, () => new Worker(teacherAddress, { workerData }));
  const free: InstanceType<typeof Worker>[] = [...all];
  const waiting: ((worker: InstanceType<typeof Worker>) => void)[] = [];
  return {
    size: workers,
    ask: async (texts) => {
      const worker =
        free.pop() ?? (await new Promise<InstanceType<typeof Worker>>((resolve) => waiting.push(resolve)));
      const report = await new Promise<Answered>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', (cause) =>
          reject(
            new HashformerError('memory', `A worker thread failed: ${(cause as Error).message}`, { cause }),
          ),
        );
        worker.postMessage(texts);
      });
      worker.removeAllListeners();
      const next = waiting.shift();
      if (next === undefined) free.push(worker);
      else next(worker);
      if ('failure' in report) throw new HashformerError(report.failure.code, report.failure.message);
      return report.outputs;
    },
    dismiss: async () => {
      await Promise.all(all.map((worker) => worker.terminate()));
    },
  };
}
