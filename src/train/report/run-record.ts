import { runtime } from '#runtime';
import { dropEvaluation, readEvaluation, writeEvaluation } from './evaluation-file.ts';
import { type FinalEvaluation, REPORT_FILE, type TrainingEvent } from './events.ts';
import { MetricsFile, readEvents } from './metrics-file.ts';

/**
 * Makes report.html of what a run's folder holds, whole or not at all.
 *
 * @throws HashformerError `source`: no metrics.jsonl, or one of the files is damaged
 */
export async function writeReport(folder: string): Promise<void> {
  const { renderReport } = await import('./render.ts');
  const page = await renderReport(readEvents(folder), await readEvaluation(folder));
  await runtime.write(folder, new Map([[REPORT_FILE, new TextEncoder().encode(page)]]));
}

/** Pages of a run that is going on take at most one part in so many of its time. */
const SPARING = 50;

/** What a run writes into its folder for people: metrics.jsonl as it goes, report.html at checkpoints and at its end. */
export class RunRecord {
  readonly #folder: string;
  readonly #metrics: MetricsFile;
  /** When the next page of a run that is going on may be made, in ms. */
  #nextPage = 0;

  private constructor(folder: string, metrics: MetricsFile) {
    this.#folder = folder;
    this.#metrics = metrics;
  }

  /**
   * @param folder the run's; made where there is none
   * @param resumedStep the step that a stopped run goes on from; without it, the record begins anew
   * @throws HashformerError `source`
   */
  static async open(folder: string, resumedStep?: number): Promise<RunRecord> {
    const metrics = await MetricsFile.open(folder, resumedStep);
    // An evaluation that is there is of an earlier model.
    await dropEvaluation(folder);
    return new RunRecord(folder, metrics);
  }

  /** @throws HashformerError `source`: the file could not be written; the events before are kept */
  async append(event: TrainingEvent): Promise<void> {
    this.#metrics.append(event);
    if (event.type !== 'checkpoint' && event.type !== 'end') return;
    this.#metrics.sync();
    const began = performance.now();
    if (event.type === 'checkpoint' && began < this.#nextPage) return;
    await writeReport(this.#folder);
    const now = performance.now();
    this.#nextPage = now + SPARING * (now - began);
  }

  /** What the final model does, for the report: to be called before the event `end`. */
  async evaluated(evaluation: FinalEvaluation): Promise<void> {
    await writeEvaluation(this.#folder, evaluation);
  }

  close(): void {
    this.#metrics.close();
  }
}
