import type { EndEvent, EvaluationEvent, StartEvent, StepEvent, TrainingEvent } from './events.ts';

/** The events of a run, sorted by what they are. */
export interface History {
  /** The last: that of the run as it goes on. */
  readonly start: StartEvent | undefined;
  /** Steps after which the run was stopped and went on. */
  readonly resumedAt: readonly number[];
  readonly steps: readonly StepEvent[];
  readonly evaluations: readonly EvaluationEvent[];
  /** Undefined while the run is going on, or where it was killed. */
  readonly end: EndEvent | undefined;
  /** The last evaluation that was better than all before. */
  readonly best: EvaluationEvent | undefined;
  /** The metric that `best` goes by; undefined where evaluations give only a loss. */
  readonly bestMetric: string | undefined;
}

/** Reads all events of a run. */
export async function readHistory(
  events: AsyncIterable<TrainingEvent> | Iterable<TrainingEvent>,
): Promise<History> {
  const steps: StepEvent[] = [];
  const evaluations: EvaluationEvent[] = [];
  const resumedAt: number[] = [];
  let start: StartEvent | undefined;
  let end: EndEvent | undefined;
  for await (const event of events) {
    if (event.type === 'step') steps.push(event);
    else if (event.type === 'evaluation') evaluations.push(event);
    else if (event.type === 'end') end = event;
    else if (event.type === 'start') {
      if (start !== undefined) resumedAt.push(steps.at(-1)?.step ?? 0);
      start = event;
      end = undefined;
    }
  }
  const best = evaluations.filter((evaluation) => evaluation.best).at(-1);
  const bestMetric = start?.bestMetric ?? Object.keys(best?.metrics ?? {})[0];
  return { start, resumedAt, steps, evaluations, end, best, bestMetric };
}
