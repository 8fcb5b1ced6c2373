import type { Meter } from '../data/meter.ts';

/** Shorter work is over before anybody looks at a bar. */
const SHOWN_AFTER = 500;
const KNOWN_FORMAT = '{bar} {percentage}% | {texts} texts | {rate}/s | {left}';

export interface Bar {
  start(total: number, value: number, payload: object): void;
  update(value: number, payload: object): void;
  stop(): void;
}

/**
 * @param format as cli-progress has it
 * @param barsize in characters
 * @returns null where the package is not installed
 */
export async function createBar(
  format: string,
  stream: NodeJS.WritableStream,
  barsize = 40,
): Promise<Bar | null> {
  try {
    const { default: progress } = await import('cli-progress');
    return new progress.SingleBar({
      format,
      stream,
      barsize,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      clearOnComplete: true,
      hideCursor: true,
      gracefulExit: false,
    });
  } catch {
    // The bar is a comfort: without its package the work goes on.
    return null;
  }
}

/** 150 seconds as "3 min left"; nothing where they are not known. */
export function timeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 60) return `${Math.ceil(seconds)} s left`;
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min left` : `${(seconds / 3600).toFixed(1)} h left`;
}

/** A bar on stderr where that is a terminal that rows do not scroll over, and the work takes its time. */
export class Progress {
  readonly #meter: Meter;
  readonly #started = Date.now();
  #bar: Bar | null | undefined;

  constructor(meter: Meter, onTerminal: boolean) {
    this.#meter = meter;
    this.#bar = process.stderr.isTTY && !onTerminal ? undefined : null;
  }

  async update(texts: number): Promise<void> {
    const elapsed = Date.now() - this.#started;
    if (this.#bar === null || elapsed < SHOWN_AFTER) return;
    const { total, done } = this.#meter;
    const left = total === null ? Number.NaN : ((total - done) * elapsed) / done / 1000;
    const payload = {
      texts: texts.toLocaleString('en'),
      rate: Math.round((texts * 1000) / elapsed).toLocaleString('en'),
      left: timeLeft(left),
    };
    if (this.#bar === undefined) {
      const format = total === null ? '{texts} texts | {rate}/s' : KNOWN_FORMAT;
      this.#bar = await createBar(format, process.stderr);
      this.#bar?.start(total ?? 0, done, payload);
    }
    this.#bar?.update(total === null ? 0 : Math.min(done, total), payload);
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }
}
