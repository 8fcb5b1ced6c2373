import { HashformerError } from './errors.ts';
import { show } from './show.ts';
import type { Text } from './tokenizer/text.ts';
import { unknownOption } from './unknown-option.ts';

function fail(what: string, expected: string, got: unknown): never {
  throw new HashformerError('argument', `${what} must be ${expected}, but is ${show(got)}.`);
}

/** A text or a pair of texts. */
export function checkText(value: unknown, what = 'A text'): Text {
  if (typeof value === 'string') return value;
  // Not every(): it passes over holes.
  if (
    Array.isArray(value) &&
    value.length === 2 &&
    typeof value[0] === 'string' &&
    typeof value[1] === 'string'
  ) {
    return value as [string, string];
  }
  return fail(what, 'a string or a pair of strings', value);
}

export function checkTexts(value: unknown): Text[] {
  if (!Array.isArray(value)) fail('The texts', 'an array of strings or of pairs of strings', value);
  return Array.from(value as unknown[], (text, i) => checkText(text, `Text ${i}`));
}

export function checkStrings(value: unknown, what: string, one: string): string[] {
  if (!Array.isArray(value)) fail(what, 'an array of strings', value);
  return Array.from(value as unknown[], (text) =>
    typeof text === 'string' ? text : fail(one, 'a string', text),
  );
}

export function checkOneOf<T extends string>(what: string, value: unknown, values: readonly T[]): T {
  return values.includes(value as T)
    ? (value as T)
    : fail(what, `one of ${values.map(show).join(', ')}`, value);
}

export function checkInteger(what: string, value: unknown, low: number, high: number): number {
  const valid = Number.isInteger(value) && (value as number) >= low && (value as number) <= high;
  return valid ? (value as number) : fail(what, `a whole number from ${low} to ${high}`, value);
}

/** A finite number for which `valid` holds. */
export function checkNumber(
  what: string,
  value: unknown,
  valid: (x: number) => boolean,
  expected: string,
): number {
  return typeof value === 'number' && Number.isFinite(value) && valid(value)
    ? value
    : fail(what, expected, value);
}

/** How many of something at most: null for all. */
export function checkCount(what: string, value: unknown): number | null {
  const valid = value === null || (Number.isInteger(value) && (value as number) >= 1);
  return valid ? (value as number | null) : fail(what, 'a whole number from 1, or null for all', value);
}

export function checkBoolean(what: string, value: unknown): boolean {
  return typeof value === 'boolean' ? value : fail(what, 'true or false', value);
}

/** A matrix of finite numbers. */
export function checkMatrix(what: string, value: unknown): { data: Float32Array; shape: [number, number] } {
  const { data, shape } = Object(value) as { data?: unknown; shape?: unknown };
  const [rows, width] = Array.isArray(shape) && shape.length === 2 ? shape : [];
  const fits = Number.isInteger(rows) && width >= 1 && Number.isInteger(width);
  if (
    !fits ||
    !(data instanceof Float32Array) ||
    rows * width !== data.length ||
    !data.every(Number.isFinite)
  ) {
    fail(what, 'a tensor of finite float32 with the shape [rows, width]', value);
  }
  return { data: data as Float32Array, shape: [rows, width] };
}

/** Every name that T has; one more or less does not compile. */
export function namesOf<T extends object>(
  names: Readonly<Record<keyof T & string, true>>,
): (keyof T & string)[] {
  return Object.keys(names) as (keyof T & string)[];
}

/**
 * Options, read once; undefined gives none. Only their names and the signal are checked here.
 *
 * @param names all that the call has: any other that is given is an error, unless it is undefined
 * @throws HashformerError `argument`
 */
export function checkOptions<T extends object>(
  value: unknown,
  names: readonly (keyof T & string)[],
  what = 'The options',
): T {
  if (value === undefined) return {} as T;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(what, 'an object', value);
  const given = value as Record<string, unknown>;
  const options: Record<string, unknown> = {};
  // Options may stand on a prototype; what else that has is its own affair.
  const others = Object.keys(given).filter((name) => !names.includes(name as keyof T & string));
  for (const name of [...names, ...others]) {
    let option: unknown;
    try {
      option = given[name];
    } catch (cause) {
      throw new HashformerError('argument', `The option "${name}" could not be read: its getter threw.`, {
        cause,
      });
    }
    if (option === undefined) continue;
    if (others.includes(name)) throw unknownOption(name, names);
    options[name] = option;
  }
  const { signal } = options;
  if (signal !== undefined && !(typeof signal === 'object' && signal !== null && 'aborted' in signal)) {
    fail('The option "signal"', 'an AbortSignal', signal);
  }
  return options as T;
}
