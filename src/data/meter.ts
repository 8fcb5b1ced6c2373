/** How much of the input has been read, in bytes. */
export interface Meter {
  /** Null where it cannot be known: a pipe. */
  readonly total: number | null;
  done: number;
}
