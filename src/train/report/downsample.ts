import type { StepEvent } from './events.ts';

/** The curves of a run over its steps. */
export const CURVES = ['loss', 'learningRate', 'gradientNorm', 'tokensPerSecond'] as const;
export type Curve = (typeof CURVES)[number];

/** Least, mean and largest value of each bucket; null where a bucket has no finite one. */
export interface Band {
  readonly low: (number | null)[];
  readonly mean: (number | null)[];
  readonly high: (number | null)[];
}

/** Steps in buckets: arrays of one length. */
export interface Curves extends Readonly<Record<Curve, Band>> {
  /** The last of each bucket. */
  readonly step: number[];
  readonly epoch: number[];
  readonly seconds: number[];
}

/** Enough for the figures, and half the size. */
const DIGITS = 6;

/** A number as the page gets it: null where it is not finite. */
export function rounded(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : null;
}

function band(values: readonly number[], band: Band): void {
  const finite = values.filter(Number.isFinite);
  const sum = finite.reduce((total, value) => total + value, 0);
  band.low.push(rounded(Math.min(...finite)));
  band.mean.push(rounded(sum / finite.length));
  band.high.push(rounded(Math.max(...finite)));
}

/**
 * Puts steps, in order, into at most `most` buckets of equally many. Extremes survive, so that a spike of one step in
 * 100,000 is seen.
 */
export function downsample(steps: readonly StepEvent[], most = 1000): Curves {
  const empty = (): Band => ({ low: [], mean: [], high: [] });
  const curves: Curves = {
    step: [],
    epoch: [],
    seconds: [],
    loss: empty(),
    learningRate: empty(),
    gradientNorm: empty(),
    tokensPerSecond: empty(),
  };
  const count = Math.min(most, steps.length);
  for (let i = 0; i < count; i++) {
    const bucket = steps.slice(
      Math.floor((i * steps.length) / count),
      Math.floor(((i + 1) * steps.length) / count),
    );
    const last = bucket.at(-1)!;
    curves.step.push(last.step);
    curves.epoch.push(rounded(last.epoch) ?? 0);
    curves.seconds.push(rounded(last.seconds) ?? 0);
    for (const name of CURVES) {
      band(
        bucket.map((step) => step[name]),
        curves[name],
      );
    }
  }
  return curves;
}
