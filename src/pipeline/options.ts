// Options of tasks as data: pipelines check them, the server reads them from a body, the command line from words.

import { checkBoolean, checkCount, checkOneOf, checkOptions, checkStrings } from '../arguments.ts';
import type { RunOptions } from '../model/call-options.ts';

/** What a value of an option may be. */
export type OptionKind =
  /** A whole number from 1, null for as many as there are. */
  | { readonly kind: 'count' }
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  /** A list of strings. */
  | { readonly kind: 'names' };

/** An option of a task. */
export type TaskOption = OptionKind & {
  /** What it does, for a list of options. */
  readonly about: string;
  /** Another name of it, which is not told. */
  readonly alias?: string;
};

export type TaskOptions = Readonly<Record<string, TaskOption>>;

/** What all calls of pipelines have. */
export const RUN_OPTIONS = ['signal', 'batchSize'] as const satisfies (keyof RunOptions)[];

/** What a value of an option must be. @throws HashformerError `argument` */
export function checkTaskOption(what: string, option: OptionKind, value: unknown): unknown {
  switch (option.kind) {
    case 'count':
      return checkCount(what, value);
    case 'switch':
      return checkBoolean(what, value);
    case 'choice':
      return checkOneOf(what, value, option.values);
    case 'names':
      return checkStrings(value, what, `A name in ${what}`);
    default:
      return option satisfies never;
  }
}

/**
 * The options of a call, those of the task by their names.
 *
 * @param others names of options that the call has beside those of the task
 * @throws HashformerError `argument`
 */
export async function checkTaskOptions<T extends object>(
  given: unknown,
  options: TaskOptions,
  others: readonly string[],
): Promise<T> {
  const known = Object.entries(options);
  const names = [...known.flatMap(([name, { alias }]) => (alias ? [name, alias] : [name])), ...others];
  let read: Record<string, unknown>;
  try {
    read = checkOptions<Record<string, unknown>>(given, names);
  } catch (error) {
    throw (await import('../transformers-js.ts')).explainRefusal(error, given, names);
  }
  for (const [name, option] of known) {
    const { alias = name } = option;
    const value = read[name] === undefined ? read[alias] : read[name];
    delete read[alias];
    if (value !== undefined) read[name] = checkTaskOption(`The option "${name}"`, option, value);
  }
  return read as T;
}
