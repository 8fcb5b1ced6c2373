import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';
import { OptionError } from './option-error.ts';
import type { Table } from './table.ts';

/** Columns that hold texts and, of pairs, their second halves. */
export interface TextColumns {
  readonly text: string;
  readonly pair: string | null;
}

const DEFAULTS = ['text', 'sentence'];

/** The columns of a file, as a sentence lists them. */
export function listColumns({ names }: Table): string {
  return names.map(show).join(', ') || 'none';
}

/** @throws HashformerError `argument`: a named column is not there */
export function checkColumns(table: Table, wanted: readonly (string | undefined)[]): void {
  for (const name of wanted) {
    if (name === undefined || table.names.includes(name)) continue;
    throw new HashformerError(
      'argument',
      `${table.where} has no column ${show(name)}; its columns are ${listColumns(table)}.`,
    );
  }
}

const DELIMITERS = ['\t', ';', ',', '|'];

/** What CSV may have to be cut at instead, when it was cut at `delimiter` into these fields. */
export function otherDelimiter(fields: readonly string[], delimiter: string): string | undefined {
  return DELIMITERS.find((other) => other !== delimiter && fields.some((field) => field.includes(other)));
}

/**
 * Chooses the columns that hold texts: the ones that are named, else `text`, else `sentence`, else the only column
 * that holds text.
 *
 * @param taken a column that holds something else
 * @param known names that mean text, best first
 * @throws HashformerError `argument`: no such column, or more than one that could be meant
 */
export function chooseTextColumns(
  table: Table,
  named: { text?: string | undefined; pair?: string | undefined },
  taken?: string,
  known: readonly string[] = DEFAULTS,
): TextColumns {
  checkColumns(table, [named.text, named.pair]);
  const pair = named.pair ?? null;
  const others = table.names.filter((name) => name !== pair && name !== taken);
  const text = named.text ?? known.find((name) => others.includes(name));
  if (text !== undefined) return { text, pair };
  const candidates = others.length === 1 ? others : others.filter((name) => table.isText(name));
  if (candidates.length === 1) return { text: candidates[0]!, pair };
  throw new OptionError(
    'argument',
    ({ textColumn }) =>
      `${table.where} has no column "text" or "sentence", and ${candidates.length === 0 ? 'none' : 'more than one'} that ` +
      `looks like text; name one with ${textColumn}. Its columns are ${listColumns(table)}.`,
  );
}
