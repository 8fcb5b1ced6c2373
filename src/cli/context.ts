/** What main() gives every command. */
export interface Context {
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  /** The command line after the program's name, as it was given. */
  readonly words: readonly string[];
}
