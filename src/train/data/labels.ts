import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import type { Place } from './values.ts';

const LISTED = 20;

/** Numbers by value when all labels are whole numbers, else by code point. */
function byValue(names: readonly string[]): (a: string, b: string) => number {
  if (names.every((name) => /^-?\d+$/.test(name))) return (a, b) => Number(a) - Number(b);
  return (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** The classes seen so far, in that order, or the ones that are known. */
export class LabelIndex {
  readonly #known: boolean;
  readonly #ids = new Map<string, number>();
  readonly #counts: number[] = [];

  constructor(known: readonly string[] | undefined) {
    this.#known = known !== undefined;
    for (const name of known ?? []) this.#add(name);
  }

  #add(name: string): number {
    this.#ids.set(name, this.#counts.length);
    return this.#counts.push(0) - 1;
  }

  /** @throws HashformerError `source`: not one of the known labels */
  id(name: string, place: Place): number {
    const id = this.#ids.get(name);
    if (id !== undefined) return id;
    if (!this.#known) return this.#add(name);
    const names = [...this.#ids.keys()];
    const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
    throw new HashformerError(
      'source',
      `${place()}: the label ${show(name)} is none of the known ones, ${names.slice(0, LISTED).map(show).join(', ')}${more}.`,
    );
  }

  /** Counts an example of a class. */
  count(id: number): void {
    this.#counts[id]!++;
  }

  /** The classes in their final order, and where each id has moved to. */
  finish(): { labels: string[]; counts: number[]; moved: number[] } {
    const names = [...this.#ids.keys()];
    const labels = this.#known ? names : [...names].sort(byValue(names));
    const position = new Map(labels.map((name, i) => [name, i]));
    const counts = labels.map((name) => this.#counts[this.#ids.get(name)!]!);
    return { labels, counts, moved: names.map((name) => position.get(name)!) };
  }
}
