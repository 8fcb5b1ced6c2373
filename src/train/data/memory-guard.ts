import { getHeapStatistics } from 'node:v8';
import type { Meter } from '../../data/meter.ts';
import { HashformerError } from '../../errors.ts';
import type { Draft } from './label-readers.ts';

/** Bytes of an example besides its characters, 75 to 81 when measured: objects, headers of strings, slots in arrays. */
const OVERHEAD = 88;
/** What the second text of a pair adds. */
const PAIR_OVERHEAD = 48;
/** What reading itself takes. */
const READING = 8e6;
/** What examples may take of the heap; the rest is for reading and for the training itself. */
const SHARE = 0.75;
const WIDE = /[^\0-\xff]/;

/** Engines keep a character in one byte where all characters of a string allow it, in two otherwise. */
function bytesOfString(text: string): number {
  return WIDE.test(text) ? 2 * text.length : text.length;
}

function bytesOf({ text, label }: Draft): number {
  const characters =
    typeof text === 'string'
      ? bytesOfString(text)
      : bytesOfString(text[0]) + bytesOfString(text[1]) + PAIR_OVERHEAD;
  return OVERHEAD + characters + (typeof label === 'number' ? 0 : 8 * label.length);
}

function amount(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Adds up what examples take in memory, and says when it is too much before the engine does. */
export class MemoryGuard {
  readonly #limit: number;
  #bytes = 0;
  #rows = 0;

  constructor() {
    const { heap_size_limit, used_heap_size } = getHeapStatistics();
    const limit = SHARE * heap_size_limit - used_heap_size - READING;
    this.#limit = heap_size_limit > 0 ? Math.max(limit, 0) : Number.POSITIVE_INFINITY;
  }

  add(example: Draft): void {
    this.#bytes += bytesOf(example);
    this.#rows++;
  }

  /** @throws HashformerError `memory`: with what to do */
  check(where: string, { total, done }: Meter): void {
    if (this.#bytes <= this.#limit) return;
    const all = total === null ? 2 * this.#bytes : (this.#bytes * total) / Math.max(done, 1);
    const megabytes = Math.ceil((1.5 * all) / 2 ** 29) * 512;
    throw new HashformerError(
      'memory',
      `${where} is too large: its first ${this.#rows.toLocaleString('en-US')} rows take ${amount(this.#bytes)} of ` +
        `memory, all about ${amount(all)}, and examples may take ${amount(this.#limit)} here; give the program ` +
        `more, as with NODE_OPTIONS=--max-old-space-size=${megabytes}, or train on a part.`,
    );
  }
}
