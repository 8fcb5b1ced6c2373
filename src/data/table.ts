// Rows and columns of a file, whatever its format.

/** Rows of a file that were there at once. */
export interface Records {
  /**
   * A row's values of the chosen columns, in the order in which they were chosen: strings of CSV, any value of JSON or
   * Parquet, undefined where the row has none. A row of CSV with too few or too many fields is empty.
   */
  readonly rows: readonly (readonly unknown[])[];
  /** Where row i stands, as sentences say it: "line 7", "row 7". Of a CSV row over several lines it is the last. */
  place(i: number): string;
}

/** The columns of a file, as far as its first row shows them. */
export interface Table {
  readonly names: readonly string[];
  /** Whether a column looks as if it held text. */
  isText(name: string): boolean;
  /** What sentences call the file. */
  readonly where: string;
  /** What CSV was cut at. */
  readonly delimiter?: string;
}

export interface RecordOptions {
  /** Between the columns of CSV, where it is not a comma, of TSV a tab. */
  readonly delimiter?: string | undefined;
  /** False where CSV has no header: its columns are called 1, 2, … */
  readonly header: boolean;
  /** False where quotes in CSV are characters like others. */
  readonly quotes: boolean;
  /** Whether a row of CSV with too few or too many fields comes as an empty one; it is an error otherwise. */
  readonly uneven?: boolean;
  /** Whether a JSON string stands for the value of the one column that is chosen. */
  readonly strings?: boolean;
}

/** Says which columns are wanted. It is called once, when the first row is there. */
export type ChooseColumns = (table: Table) => readonly string[];
