import type { HashFormer } from '../index.ts';
import type { Metrics } from './metrics.ts';
import type { Task } from './models.ts';
import type { Limits } from './server-options.ts';

/** What a task is computed with. */
interface Work {
  readonly name: string;
  readonly model: HashFormer;
  readonly signal: AbortSignal;
  readonly metrics: Metrics;
}

/** A task with a body: checked first, then computed when it is its turn. */
export interface Handler {
  readonly task: Task;
  check(body: Record<string, unknown>, limits: Limits): (work: Work) => Promise<object>;
}
