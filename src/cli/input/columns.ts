import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import type { InputOptions } from '../options.ts';

/** Columns that hold texts and, of pairs, their second halves. */
export interface TextColumns {
  readonly text: string;
  readonly pair: string | null;
}

const DEFAULTS = ['text', 'sentence'];

/**
 * Chooses the columns to read: the ones that the options name, else `text`, else `sentence`, else the only column
 * that holds text.
 *
 * @param names all columns
 * @param isText whether a column looks as if it held text
 * @param where what a sentence calls the file
 * @throws HashformerError `argument`: no such column, or more than one that could be meant
 */
export function chooseColumns(
  names: readonly string[],
  isText: (name: string) => boolean,
  { textColumn, pairColumn }: InputOptions,
  where: string,
): TextColumns {
  const list = names.map(show).join(', ') || 'none';
  for (const name of [textColumn, pairColumn]) {
    if (name === undefined || names.includes(name)) continue;
    throw new HashformerError('argument', `${where} has no column ${show(name)}; its columns are ${list}.`);
  }
  const pair = pairColumn ?? null;
  const known = textColumn ?? DEFAULTS.find((name) => names.includes(name) && name !== pair);
  if (known !== undefined) return { text: known, pair };
  const others = names.filter((name) => name !== pair);
  const candidates = others.length === 1 ? others : others.filter(isText);
  if (candidates.length === 1) return { text: candidates[0]!, pair };
  throw new HashformerError(
    'argument',
    `${where} has no column "text" or "sentence", and ${candidates.length === 0 ? 'none' : 'more than one'} that ` +
      `looks like text; name one with --text-column. Its columns are ${list}.`,
  );
}
