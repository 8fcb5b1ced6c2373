export interface EarlyStoppingOptions {
  /** Evaluations in a row without an improvement after which to stop; Infinity never stops. */
  readonly patience: number;
  /** An improvement is more than this; 0 by default. */
  readonly minimumDelta?: number;
  /** False for a loss. */
  readonly higherIsBetter: boolean;
}

/** The best metric so far, and evaluations since; null before the first. */
export interface EarlyStoppingState {
  readonly best: number | null;
  readonly waited: number;
}

/** Watches a metric of the dev set. */
export class EarlyStopping {
  readonly #options: EarlyStoppingOptions;
  #state: EarlyStoppingState;

  /** @param state what a checkpoint kept, to go on from there */
  constructor(options: EarlyStoppingOptions, state: EarlyStoppingState = { best: null, waited: 0 }) {
    this.#options = options;
    this.#state = state;
  }

  get state(): EarlyStoppingState {
    return this.#state;
  }

  /** Whether it has waited long enough. */
  get exhausted(): boolean {
    return this.#state.waited >= this.#options.patience;
  }

  /** Takes a metric in. One that is NaN (a correlation of constants) is no improvement. */
  update(metric: number): { improved: boolean; stop: boolean } {
    const { minimumDelta = 0, higherIsBetter } = this.#options;
    const { best, waited } = this.#state;
    const gain = best === null ? Number.POSITIVE_INFINITY : higherIsBetter ? metric - best : best - metric;
    const improved = !Number.isNaN(metric) && gain > minimumDelta;
    this.#state = improved ? { best: metric, waited: 0 } : { best, waited: waited + 1 };
    return { improved, stop: this.exhausted };
  }
}
