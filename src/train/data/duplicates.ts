import type { Text } from '../../tokenizer/text.ts';

/** Characters of texts that are remembered; what comes later is not looked at. */
const MOST = 64 * 1024 * 1024;

/** Counts texts that came before, in about the first 64 million characters of a data set. */
export class Duplicates {
  readonly #seen = new Set<string>();
  #characters = 0;
  count = 0;

  add(text: Text): void {
    if (this.#characters > MOST) return;
    const key = typeof text === 'string' ? text : text.join('\0');
    this.#characters += key.length;
    if (this.#seen.has(key)) this.count++;
    else this.#seen.add(key);
  }
}
