import type { Curve } from '../downsample.ts';
import type { PageData } from '../page-data.ts';
import { spaced } from '../words.ts';

/** A line through evaluations. */
export interface DevLine {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/** One chart. */
export interface Panel {
  readonly title: string;
  /** What the vertical axis counts. */
  readonly unit: string;
  /** The curve over training steps, if it has one. */
  readonly curve?: Curve;
  /** A schedule is exact: there is nothing to smooth. */
  readonly exact?: boolean;
  readonly dev: readonly DevLine[];
}

/** Scores such as accuracy, F1 and correlations share a chart; what is measured otherwise gets its own. */
function isScore(values: readonly (number | null)[]): boolean {
  return values.every((value) => value === null || Math.abs(value) <= 1);
}

/** The charts of a run, the loss first. */
export function panels({ evaluations, bestMetric, curves }: PageData): Panel[] {
  const metrics = Object.entries(evaluations.metrics);
  // The metric that counts gets the first colour.
  metrics.sort(([a], [b]) => Number(b === bestMetric) - Number(a === bestMetric));
  const line = ([name, values]: [string, (number | null)[]]): DevLine => ({
    label: `dev ${spaced(name)}`,
    values,
  });
  const scores = metrics.filter(([, values]) => isScore(values));
  const others = metrics.filter(([, values]) => !isScore(values));
  const devLoss = evaluations.loss.some((value) => value !== null)
    ? [{ label: 'dev loss', values: evaluations.loss }]
    : [];
  const training: Panel[] =
    curves.step.length === 0
      ? []
      : [
          { title: 'Learning rate', unit: 'learning rate', curve: 'learningRate', exact: true, dev: [] },
          { title: 'Throughput', unit: 'tokens a second', curve: 'tokensPerSecond', dev: [] },
          { title: 'Gradient norm', unit: 'L2 norm before clipping', curve: 'gradientNorm', dev: [] },
        ];
  return [
    curves.step.length === 0
      ? { title: 'Loss', unit: 'loss', dev: devLoss }
      : { title: 'Loss', unit: 'loss', curve: 'loss', dev: devLoss },
    ...(scores.length > 0 ? [{ title: 'Dev metrics', unit: 'score', dev: scores.map(line) }] : []),
    ...others.map((metric) => ({
      title: `Dev ${spaced(metric[0])}`,
      unit: spaced(metric[0]),
      dev: [line(metric)],
    })),
    ...training,
  ];
}
