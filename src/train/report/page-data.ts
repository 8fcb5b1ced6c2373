import { type Curves, downsample, rounded } from './downsample.ts';
import type { FinalEvaluation } from './events.ts';
import type { History } from './history.ts';

/** Evaluations: arrays of one length. */
export interface Evaluations {
  readonly step: number[];
  readonly epoch: number[];
  readonly seconds: number[];
  readonly loss: (number | null)[];
  readonly metrics: Record<string, (number | null)[]>;
  /** Which one is the best; -1 for none. */
  readonly best: number;
}

/** A confusion matrix for drawing: [gold, predicted, count] of every cell that is not 0. */
export interface ConfusionMap {
  readonly labels: readonly string[];
  readonly cells: readonly (readonly [number, number, number])[];
}

/** What the script of the page draws. */
export interface PageData {
  readonly curves: Curves;
  /** Whether points of the curves stand for several steps each. */
  readonly bucketed: boolean;
  readonly evaluations: Evaluations;
  readonly bestMetric: string | null;
  /** Only where there are too many labels for a table. */
  readonly confusion: ConfusionMap | null;
}

function evaluationColumns({ evaluations, steps, best }: History): Evaluations {
  const seconds = new Map(steps.map((step) => [step.step, step.seconds]));
  const names = [...new Set(evaluations.flatMap(({ metrics }) => Object.keys(metrics)))];
  return {
    step: evaluations.map(({ step }) => step),
    epoch: evaluations.map(({ epoch }) => rounded(epoch) ?? 0),
    seconds: evaluations.map(({ step }) => rounded(seconds.get(step) ?? Number.NaN) ?? 0),
    loss: evaluations.map(({ loss }) => rounded(loss)),
    metrics: Object.fromEntries(
      names.map((name) => [name, evaluations.map(({ metrics }) => rounded(metrics[name] ?? Number.NaN))]),
    ),
    best: best === undefined ? -1 : evaluations.indexOf(best),
  };
}

export function confusionMap({ labels, confusion = [] }: FinalEvaluation): ConfusionMap {
  const cells = confusion.flatMap((row, gold) =>
    row.flatMap((count, predicted) => (count > 0 ? [[gold, predicted, count] as const] : [])),
  );
  return { labels, cells };
}

export function pageData(history: History, confusion: ConfusionMap | null): PageData {
  const curves = downsample(history.steps);
  return {
    curves,
    bucketed: curves.step.length < history.steps.length,
    evaluations: evaluationColumns(history),
    bestMetric: history.bestMetric ?? null,
    confusion,
  };
}
