import { HashformerError, show } from '../errors.ts';
import type { Text } from '../tokenizer/text.ts';

function fail(what: string, expected: string, got: unknown): never {
  throw new HashformerError('argument', `${what} must be ${expected}, but is ${show(got)}.`);
}

/** A text or a pair of texts. */
export function checkText(value: unknown, what = 'A text'): Text {
  if (typeof value === 'string') return value;
  // Not every(): it passes over holes.
  if (Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'string') {
    return value as [string, string];
  }
  return fail(what, 'a string or a pair of strings', value);
}

export function checkTexts(value: unknown): Text[] {
  if (!Array.isArray(value)) fail('The texts', 'an array of strings or of pairs of strings', value);
  return Array.from(value as unknown[], (text, i) => checkText(text, `Text ${i}`));
}

export function checkOneOf<T extends string>(what: string, value: unknown, values: readonly T[]): T {
  return values.includes(value as T) ? (value as T) : fail(what, `one of ${values.map(show).join(', ')}`, value);
}

export function checkInteger(what: string, value: unknown, low: number, high: number): number {
  const valid = Number.isInteger(value) && (value as number) >= low && (value as number) <= high;
  return valid ? (value as number) : fail(what, `a whole number from ${low} to ${high}`, value);
}

export function checkBoolean(what: string, value: unknown): boolean {
  return typeof value === 'boolean' ? value : fail(what, 'true or false', value);
}

/** An options object; undefined gives an empty one. */
export function checkOptions(value: unknown): Record<string, unknown> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null) fail('The options', 'an object', value);
  const { signal } = value as { signal?: unknown };
  if (signal !== undefined && !(typeof signal === 'object' && signal !== null && 'aborted' in signal)) {
    fail('The option "signal"', 'an AbortSignal', signal);
  }
  return value as Record<string, unknown>;
}
