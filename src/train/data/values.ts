import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';

/** Where a value stands. */
export interface Place {
  /** Whose fault a wrong value is: a file's (`source`), or whoever called with it in memory (`argument`). */
  readonly code: 'source' | 'argument';
  /** The place, when a sentence needs it: "data.csv", line 7. */
  words(): string;
}

/** A value that is none of what a column should hold. */
export function wrongValue(place: Place, expected: string, value: unknown): HashformerError {
  return new HashformerError(place.code, `${place.words()}: expected ${expected}, got ${show(value)}.`);
}

/** A text; '' where there is none. */
export function textOf(value: unknown, place: Place): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  throw wrongValue(place, 'a text', value);
}

/** The name of a label, without spaces around it; undefined where there is none. */
export function nameOfLabel(value: unknown, place: Place): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.trim() || undefined;
    case 'number':
      if (!Number.isFinite(value)) throw wrongValue(place, 'a label', value);
      return String(value);
    case 'bigint':
    case 'boolean':
      return String(value);
  }
  if (value === undefined || value === null) return undefined;
  throw wrongValue(place, 'a label', value);
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A score that float32 can hold; undefined where there is none. */
export function scoreOf(value: unknown, place: Place): number | undefined {
  const none = typeof value === 'boolean' || (typeof value === 'number' && !Number.isFinite(value));
  const name = none ? undefined : nameOfLabel(value, place);
  if (name === undefined && !none) return undefined;
  const score = name !== undefined && NUMBER.test(name) ? Number(name) : Number.NaN;
  if (Number.isFinite(Math.fround(score))) return score;
  throw wrongValue(place, 'a number to learn, as the task is regression', value);
}

/** The list that a value is or, as JSON, spells; undefined where it is neither. */
export function listOf(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string' || !/^\s*\[.*\]\s*$/s.test(value)) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** What a list of words holds, or a text between its spaces. */
function pieces(value: unknown, place: Place): string[] {
  const list = listOf(value);
  if (list === undefined) {
    const text = nameOfLabel(value, place) ?? '';
    return text === '' ? [] : text.split(/[ \t\r\n]+/);
  }
  return list.map((item) => (item === null ? '' : (nameOfLabel(item, place) ?? '')));
}

/** Words of a text. A space inside of a word becomes one that does not break, so that a space stays between words. */
export function wordsOf(value: unknown, place: Place): string[] {
  return pieces(value, place).map((word) => word.replaceAll(' ', '\u00a0'));
}

/** The names of the labels of words. */
export function labelsOfWords(value: unknown, place: Place): string[] {
  return pieces(value, place);
}
