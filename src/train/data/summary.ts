import type { Columns } from './labelled-columns.ts';

/** What examples were found in data. */
export interface ExampleSummary {
  /** Rows of a file, texts in memory. */
  readonly rows: number;
  /** Rows that became examples. */
  readonly used: number;
  /** Rows without a text or without a label, which were skipped. */
  readonly empty: number;
  /** Rows with too few or too many columns, which were skipped. */
  readonly uneven: number;
  /** Names of the classes by index; none in regression. */
  readonly labels: string[];
  /** Examples with each label; of the task `token-classification`, words. */
  readonly counts: number[];
  /** The least and the greatest score; null unless in regression. */
  readonly range: [number, number] | null;
  /** What whoever trains should know, a sentence each: skipped rows, classes out of balance, … */
  readonly notes: string[];
}

/** What a data set in a file holds. */
export interface DatasetSummary extends ExampleSummary {
  readonly columns: Columns;
}
