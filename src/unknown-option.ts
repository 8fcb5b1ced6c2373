import { HashformerError } from './errors.ts';
import { nearest } from './nearest.ts';
import { show } from './show.ts';

/** A sentence on a name that is none of `names`, and on what was probably meant. */
export function unknownName(what: 'option' | 'field', name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  const help =
    near !== undefined
      ? ` (did you mean ${show(near)}?)`
      : names.length === 0
        ? ', nor any other'
        : `, only ${names.map(show).join(', ')}`;
  return `There is no ${what} ${show(name)} here${help}.`;
}

/**
 * Of an option that a call does not have.
 *
 * @param names those that it has
 */
export function unknownOption(name: string, names: readonly string[]): HashformerError {
  return new HashformerError('argument', unknownName('option', name, names));
}
