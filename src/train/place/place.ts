import type { Passages } from '../corpus/passages.ts';
import type { readDataset } from '../data/dataset.ts';
import type { readUnlabelled } from '../data/unlabelled.ts';
import type { RunStore } from '../run/run-store.ts';
import type * as parts from '../teacher/parts.ts';
import type * as threads from '../threads.ts';

/**
 * What training needs of the place that it runs in: files and threads. A file a place, picked as those of
 * src/runtime/runtime.ts are. Nothing here runs before it is called.
 */
export interface Place {
  /**
   * Whether a run can be here.
   *
   * @throws HashformerError `argument`: it asks for files or threads where there are none
   */
  check(run: { readonly out: string | undefined; readonly workers: number }): void;
  readonly readDataset: typeof readDataset;
  readonly readUnlabelled: typeof readUnlabelled;
  /** @param folder where the working copy goes; undefined: wherever temporary files go */
  openCorpus(operands: readonly string[], folder: string | undefined, signal: AbortSignal): Promise<Passages>;
  openRun<Position>(folder: string, resume: boolean): Promise<RunStore<Position>>;
  /** How files of a teacher's outputs are read and written. */
  outputParts(folder: string): Promise<typeof parts>;
  threads(): Promise<typeof threads>;
}
