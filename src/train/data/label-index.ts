import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import { compareCodePoints } from './code-points.ts';
import type { Place } from './values.ts';

const LISTED = 20;

/**
 * Names that labels are given, in their order: each once and not blank, without spaces around it, as names in data are
 * read.
 *
 * @throws HashformerError `argument`
 */
export function checkLabelNames(given: unknown, what = 'The labels'): string[] {
  const list: unknown[] = Array.isArray(given) ? Array.from(given) : [];
  const names = list.map((name) => (typeof name === 'string' ? name.trim() : ''));
  if (names.length === 0 || names.includes('')) {
    const bad = list.find((_, i) => names[i] === '');
    throw new HashformerError(
      'argument',
      `${what} must be a list of one name or more, but ${bad === undefined ? `is ${show(given)}` : `has ${show(bad)}`}.`,
    );
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new HashformerError(
      'argument',
      `${what} must name each label once, but names ${show(twice)} twice.`,
    );
  }
  return names;
}

/** Whole numbers by value where all labels are such, else by code point: the same order wherever they came from. */
function orderOf(names: readonly string[]): (a: string, b: string) => number {
  if (!names.every((name) => /^-?\d+$/.test(name))) return compareCodePoints;
  return (a, b) => Number(a) - Number(b) || compareCodePoints(a, b);
}

/** The classes seen so far, in that order, or the ones that are known. */
export class LabelIndex {
  readonly #known: boolean;
  readonly #ids = new Map<string, number>();
  readonly #counts: number[] = [];

  /** @throws HashformerError `argument`: the known labels are no names, or one of them stands twice */
  constructor(known: readonly string[] | undefined) {
    this.#known = known !== undefined;
    if (known !== undefined) for (const name of checkLabelNames(known)) this.#add(name);
  }

  #add(name: string): number {
    this.#ids.set(name, this.#counts.length);
    return this.#counts.push(0) - 1;
  }

  /** @throws HashformerError `source`, `argument`: not one of the known labels */
  id(name: string, place: Place): number {
    const id = this.#ids.get(name);
    if (id !== undefined) return id;
    if (!this.#known) return this.#add(name);
    const names = [...this.#ids.keys()];
    const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
    throw new HashformerError(
      place.code,
      `${place.words()}: the label ${show(name)} is none of the known ones, ${names.slice(0, LISTED).map(show).join(', ')}${more}.`,
    );
  }

  /** Counts an example of a class. */
  count(id: number): void {
    this.#counts[id]!++;
  }

  /** The classes in their final order, and where each id has moved to. */
  finish(): { labels: string[]; counts: number[]; moved: number[] } {
    const names = [...this.#ids.keys()];
    const labels = this.#known ? names : [...names].sort(orderOf(names));
    const position = new Map(labels.map((name, i) => [name, i]));
    const counts = labels.map((name) => this.#counts[this.#ids.get(name)!]!);
    return { labels, counts, moved: names.map((name) => position.get(name)!) };
  }
}
