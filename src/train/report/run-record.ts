import { runtime } from '#runtime';
import { readEvaluation, writeEvaluation } from './evaluation-file.ts';
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

/** What a run writes into its folder for people: metrics.jsonl as it goes, report.html at checkpoints and at its end. */
export class RunRecord {
  readonly #folder: string;
  readonly #metrics: MetricsFile;

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
    return new RunRecord(folder, await MetricsFile.open(folder, resumedStep));
  }

  /** @throws HashformerError `source`: the file could not be written; the events before are kept */
  async append(event: TrainingEvent): Promise<void> {
    this.#metrics.append(event);
    if (event.type !== 'checkpoint' && event.type !== 'end') return;
    this.#metrics.sync();
    await writeReport(this.#folder);
  }

  /** What the final model does, for the report: to be called before the event `end`. */
  async evaluated(evaluation: FinalEvaluation): Promise<void> {
    await writeEvaluation(this.#folder, evaluation);
  }

  close(): void {
    this.#metrics.close();
  }
}
