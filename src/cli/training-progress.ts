import type { EvaluationEvent, StartEvent, StepEvent, TrainingEvent } from '../train/report/events.ts';
import { counted, duration, figure, grouped, RUNS, spaced } from '../train/report/words.ts';
import { printable } from './output/printable.ts';
import { type Bar, createBar, timeLeft } from './progress.ts';

const FORMAT = '{bar} {percentage}%{state}';
const BAR_SIZE = 8;
/** Columns from which the count of steps has room, too. */
const WIDE = 110;
/** Between lines where stderr is no terminal, in ms. */
const LINE_EVERY = 30_000;
/** About so many steps count for the loss and the speed that are shown. */
const SPAN = 50;

type Stream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

export interface TrainingProgressOptions {
  /** Say nothing at all. */
  readonly quiet?: boolean;
  /** Where to; stderr by default. */
  readonly stream?: Stream;
  /** Milliseconds of now; for tests. */
  readonly now?: () => number;
}

/** What a training run says while it runs: a bar on a terminal, a line every so often elsewhere. */
export class TrainingProgress {
  readonly #stream: Stream;
  readonly #quiet: boolean;
  readonly #now: () => number;
  #bar: Bar | null = null;
  #start: StartEvent | undefined;
  #first: StepEvent | undefined;
  #last: StepEvent | undefined;
  #best: EvaluationEvent | undefined;
  #loss = 0;
  #rate = 0;
  #said = 0;

  constructor({ quiet = false, stream = process.stderr, now = Date.now }: TrainingProgressOptions = {}) {
    this.#quiet = quiet;
    this.#stream = stream;
    this.#now = now;
  }

  /** Takes the events of a run, in order. */
  async update(event: TrainingEvent): Promise<void> {
    if (this.#quiet) return;
    if (event.type === 'start') await this.#begin(event);
    else if (event.type === 'step') this.#step(event);
    else if (event.type === 'evaluation') this.#evaluated(event);
    else if (event.type === 'end') {
      this.stop();
      const why = event.message === undefined ? '' : `: ${printable(event.message)}`;
      this.#line(`${event.reason} after ${counted(event.step, 'step')}, ${duration(event.seconds)}${why}`);
    }
  }

  /** Takes the bar away; for errors that no event tells of. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }

  async #begin(start: StartEvent): Promise<void> {
    this.stop();
    this.#start = start;
    this.#first = this.#last = this.#best = undefined;
    this.#said = this.#now();
    const { run, parameters, steps, workers } = start;
    const size = `${counted(parameters, 'parameter')}, ${counted(steps, 'step')}, ${counted(workers, 'worker')}`;
    this.#line(`${RUNS[run] ?? run}: ${size}`);
    for (const line of start.data ?? []) this.#line(printable(line));
    for (const note of start.notes) this.#line(`note: ${printable(note)}`);
    if (this.#stream.isTTY) this.#bar = await createBar(FORMAT, this.#stream, BAR_SIZE);
    this.#bar?.start(steps, 0, this.#payload());
  }

  #step(step: StepEvent): void {
    const fresh = this.#first === undefined;
    this.#first ??= step;
    const share = 1 / Math.min(SPAN, step.step - this.#first.step + 1);
    this.#loss = fresh ? step.loss : this.#loss + share * (step.loss - this.#loss);
    this.#rate = fresh ? step.tokensPerSecond : this.#rate + share * (step.tokensPerSecond - this.#rate);
    this.#last = step;
    this.#bar?.update(step.step, this.#payload());
    if (this.#bar !== null || this.#now() - this.#said < LINE_EVERY) return;
    this.#said = this.#now();
    this.#line(this.#state(true).join(' | '));
  }

  #evaluated(evaluation: EvaluationEvent): void {
    if (evaluation.best) this.#best = evaluation;
    const metrics = Object.entries(evaluation.metrics).map(
      ([name, value]) => `${spaced(name)} ${figure(value)}`,
    );
    const parts = [`dev loss ${figure(evaluation.loss)}`, ...metrics].join(', ');
    this.#line(`step ${grouped(evaluation.step)} | ${parts}${evaluation.best ? ' (best so far)' : ''}`);
  }

  /** The best score so far. */
  #score(): string {
    if (this.#best === undefined) return '';
    const name = this.#start?.bestMetric ?? Object.keys(this.#best.metrics)[0];
    const score = name === undefined ? undefined : this.#best.metrics[name];
    return score === undefined
      ? `best dev loss ${figure(this.#best.loss)}`
      : `best ${spaced(name!)} ${figure(score)}`;
  }

  #left(): string {
    const [first, last, steps] = [this.#first, this.#last, this.#start?.steps];
    if (first === undefined || last === undefined || steps === undefined || last.step === first.step)
      return '';
    const perStep = (last.seconds - first.seconds) / (last.step - first.step);
    return timeLeft(perStep * (steps - last.step));
  }

  /** How it stands, what matters most first: a terminal cuts what it has no room for. */
  #state(counted: boolean): string[] {
    if (this.#last === undefined) return [];
    const count = `step ${grouped(this.#last.step)} of ${grouped(this.#start?.steps ?? Number.NaN)}`;
    const [loss, rate] = [`loss ${figure(this.#loss)}`, `${grouped(this.#rate)} tokens/s`];
    return [counted ? count : '', this.#left(), loss, this.#score(), rate].filter((part) => part !== '');
  }

  #payload() {
    const parts = this.#state((this.#stream.columns ?? 0) >= WIDE);
    return { state: parts.map((part) => ` | ${part}`).join('') };
  }

  /** A line of its own: the bar makes room and comes back below. */
  #line(text: string): void {
    this.#bar?.stop();
    this.#stream.write(`${text}\n`);
    this.#bar?.start(this.#start!.steps, this.#last?.step ?? 0, this.#payload());
  }
}
