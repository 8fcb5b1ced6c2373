// A worker thread of data-parallel training: a learner that computes its share of every batch.

import { parentPort, workerData } from 'node:worker_threads';
import { HashformerError } from '../../errors.ts';
import { readSource } from '../../model/source.ts';
import { Learner } from './learner.ts';
import type { Order, Report, WorkerStart } from './worker-protocol.ts';

const port = parentPort!;
const report = (message: Report) => port.postMessage(message);

function failed(error: unknown): void {
  const code = error instanceof HashformerError ? error.code : 'memory';
  report({ kind: 'failed', code, message: (error as Error).message });
}

async function start({ model, heads, options }: WorkerStart): Promise<void> {
  const learner = await Learner.create(await readSource(model), (config) => config, heads, options);
  const { rank } = options;
  let slots: Float32Array[] = [];
  port.on('message', (order: Order) => {
    try {
      const gradients = learner.backend.gradients();
      switch (order.kind) {
        case 'share':
          slots = slotsOf(order.shared, gradients.length);
          return;
        case 'restore':
          learner.restore(order.state, order.part, order.tensors);
          return;
        case 'compute': {
          const losses = order.batches.map((batch) => learner.accumulate(batch).reduce((a, b) => a + b, 0));
          slots[rank]!.set(learner.backend.gradients());
          report({ kind: 'computed', losses });
          return;
        }
        case 'update':
          gradients.set(slots[0]!);
          learner.update();
      }
    } catch (error) {
      failed(error);
    }
  });
  report({ kind: 'ready' });
}

/** The parts of shared memory, one a rank. */
function slotsOf(shared: SharedArrayBuffer, length: number): Float32Array[] {
  const count = shared.byteLength / 4 / length;
  return Array.from({ length: count }, (_, i) => new Float32Array(shared, i * length * 4, length));
}

start(workerData as WorkerStart).catch(failed);
