import type { HashFormer } from '../index.ts';
import type { Task } from '../pipeline/tasks.ts';
import type { Metrics } from './metrics.ts';
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
  /** All that a body may have: another field is refused, as OpenAI's API does. */
  readonly fields: readonly string[];
  check(body: Record<string, unknown>, limits: Limits): (work: Work) => Promise<object>;
}
