import { type ErrorCode, HashformerError } from '../errors.ts';

/** What sentences call the options that say how data are read. */
export interface OptionWords {
  readonly textColumn: string;
  /** Of the second halves of pairs without labels, and with labels. */
  readonly pairColumn: string;
  readonly textPairColumn: string;
  readonly labelColumn: string;
  readonly format: string;
  readonly delimiter: string;
  /** That quotes are characters like others. */
  readonly noQuotes: string;
  /** CSV as the format. */
  readonly csv: string;
}

/** As finetune() and its like have them. */
const OPTIONS: OptionWords = {
  textColumn: 'columns: { text }',
  pairColumn: 'pairColumn',
  textPairColumn: 'columns: { textPair }',
  labelColumn: 'columns: { label }',
  format: 'format: { format }',
  delimiter: 'format: { delimiter }',
  noQuotes: 'format: { quotes: false }',
  csv: "format: { format: 'csv' }",
};

/** An error that names options: in the words of calls, unless whoever shows it has others for them. */
export class OptionError extends HashformerError {
  readonly #sentence: (words: OptionWords) => string;

  constructor(
    code: ErrorCode,
    sentence: (words: OptionWords) => string,
    options?: { readonly cause?: unknown },
  ) {
    super(code, sentence(OPTIONS), options);
    this.#sentence = sentence;
  }

  /** The sentence with other words for options. */
  inWords(words: OptionWords): string {
    return this.#sentence(words);
  }
}
