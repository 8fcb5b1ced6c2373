// Options of tasks as data: pipelines check them, the server reads them from a body, the command line from words.

import { checkBoolean, checkCount, checkOneOf, checkOptions } from '../arguments.ts';
import { HashformerError } from '../errors.ts';
import type { RunOptions } from '../model/call-options.ts';
import { show } from '../show.ts';

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
      if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
      throw new HashformerError('argument', `${what} must be a list of strings, but is ${show(value)}.`);
    default:
      return option satisfies never;
  }
}

/**
 * The options of a call, those of the task by their names.
 *
 * @param others names of options that the call has beside those of the task
 * @param instead what there is instead of options that people bring from elsewhere
 * @throws HashformerError `argument`
 */
export function checkTaskOptions<T extends object>(
  given: unknown,
  options: TaskOptions,
  others: readonly string[],
  instead?: Readonly<Record<string, string>>,
): T {
  const aliases: [alias: string, name: string][] = [];
  for (const [name, { alias }] of Object.entries(options)) {
    if (alias !== undefined) aliases.push([alias, name]);
  }
  const names = [...Object.keys(options), ...aliases.map(([alias]) => alias), ...others];
  const read = checkOptions<Record<string, unknown>>(given, names, 'The options', instead);
  for (const [alias, name] of aliases) {
    if (read[name] === undefined && read[alias] !== undefined) read[name] = read[alias];
    delete read[alias];
  }
  for (const [name, option] of Object.entries(options)) {
    if (read[name] !== undefined) checkTaskOption(`The option "${name}"`, option, read[name]);
  }
  return read as T;
}
