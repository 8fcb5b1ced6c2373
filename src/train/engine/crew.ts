import type { Worker } from 'node:worker_threads';
import { place } from '#place';
import type { Head } from '../../architecture/heads.ts';
import { HashformerError } from '../../errors.ts';
import type { Learner, LearnerOptions, LearnerState, Update } from './learner.ts';
import type { MicroBatch } from './micro-batch.ts';
import type { Moments, Order, Report, WorkerStart } from './worker-protocol.ts';

/** A thread, and the report of its that is waited for. */
interface Mate {
  readonly worker: Worker;
  readonly next: () => Promise<Report>;
}

/** A worker's reports one by one; an error or an early end is one too, again and again. */
function mate(worker: Worker): Mate {
  const reports: Report[] = [];
  let failure: HashformerError | undefined;
  let wake = () => {};
  const fail = (error: HashformerError) => {
    failure ??= error;
    wake();
  };
  worker.on('message', (report: Report) => {
    if (report.kind === 'failed') return fail(new HashformerError(report.code, report.message));
    reports.push(report);
    wake();
  });
  worker.on('error', (cause) =>
    fail(new HashformerError('memory', `A worker thread failed: ${(cause as Error).message}`, { cause })),
  );
  worker.on('exit', () => fail(new HashformerError('memory', 'A worker thread ended before its work did.')));
  const next = async () => {
    while (reports.length === 0) {
      if (failure !== undefined) throw failure;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return reports.shift()!;
  };
  return { worker, next };
}

/**
 * A learner here and others in threads that hold the same weights. Each computes its share of a batch; the gradients
 * are added up in the order of the ranks, and all make the same update: the same seed and number of workers give the
 * same weights.
 */
export class Crew {
  readonly learner: Learner;
  readonly #mates: readonly Mate[];
  readonly #slots: readonly Float32Array[];

  private constructor(learner: Learner, mates: readonly Mate[], slots: readonly Float32Array[]) {
    this.learner = learner;
    this.#mates = mates;
    this.#slots = slots;
  }

  /**
   * @param learner the worker of rank 0, in this thread
   * @param workers how many there are, with this one; more than one needs `node:worker_threads`
   */
  static async create(
    learner: Learner,
    heads: readonly Head[],
    options: LearnerOptions,
    workers: number,
  ): Promise<Crew> {
    if (workers === 1) return new Crew(learner, [], []);
    const { Worker, workerAddress } = await place.threads();
    const model = await learner.model.save();
    const mates = Array.from({ length: workers - 1 }, (_, i) => {
      const workerData: WorkerStart = { model, heads, options: { ...options, rank: i + 1 } };
      return mate(new Worker(workerAddress, { workerData }));
    });
    try {
      for (const { next } of mates) await next();
    } catch (error) {
      await Promise.all(mates.map(({ worker }) => worker.terminate()));
      throw error;
    }
    const { length } = learner.backend.gradients();
    const shared = new SharedArrayBuffer(length * 4 * workers);
    const crew = new Crew(
      learner,
      mates,
      Array.from({ length: workers }, (_, rank) => new Float32Array(shared, rank * length * 4, length)),
    );
    crew.#tell({ kind: 'share', shared });
    return crew;
  }

  get size(): number {
    return this.#mates.length + 1;
  }

  #tell(order: Order): void {
    for (const { worker } of this.#mates) worker.postMessage(order);
  }

  /** Sets everybody's optimiser back; the weights are those of the model that all began with. */
  restore(state: LearnerState, part: 'first' | 'second', tensors: Moments): void {
    this.learner.restore(state, part, tensors);
    this.#tell({ kind: 'restore', state, part, tensors });
  }

  /**
   * One step: everybody computes its batches, and all update.
   *
   * @param shares batches of each rank; their scales make the losses' sum what is reported
   * @throws HashformerError `numeric`, `memory`
   */
  async step(shares: readonly (readonly MicroBatch[])[]): Promise<Update & { readonly loss: number }> {
    for (const [i, { worker }] of this.#mates.entries()) {
      worker.postMessage({ kind: 'compute', batches: shares[i + 1]! } satisfies Order);
    }
    let loss = 0;
    for (const batch of shares[0]!) for (const part of this.learner.accumulate(batch)) loss += part;
    const sum = this.learner.backend.gradients();
    for (const [i, { next }] of this.#mates.entries()) {
      const report = await next();
      if (report.kind === 'computed') for (const part of report.losses) loss += part;
      const share = this.#slots[i + 1]!;
      for (let at = 0; at < sum.length; at++) sum[at]! += share[at]!;
    }
    this.#slots[0]?.set(sum);
    this.#tell({ kind: 'update' });
    return { loss, ...this.learner.update() };
  }

  /** Ends the threads; the learner here goes on. */
  async dismiss(): Promise<void> {
    await Promise.all(this.#mates.map(({ worker }) => worker.terminate()));
  }
}
