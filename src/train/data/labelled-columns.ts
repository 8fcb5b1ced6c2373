import { checkColumns, chooseTextColumns, listColumns, otherDelimiter } from '../../data/columns.ts';
import { OptionError } from '../../data/option-error.ts';
import type { Table } from '../../data/table.ts';
import { HashformerError } from '../../errors.ts';
import type { Task } from './task.ts';

/** Names of columns: texts, second halves of pairs, labels. */
export interface Columns {
  readonly text: string;
  readonly textPair?: string;
  readonly label: string;
}

const TEXT = ['text', 'sentence'];
const WORDS = ['tokens', 'words', ...TEXT];
/** What labels are called, the clearest first. */
const LABEL = [
  ...[
    'label',
    'labels',
    'gold_label',
    'class',
    'target',
    'category',
    'intent',
    'sentiment',
    'emotion',
    'polarity',
  ],
  ...['is_duplicate', 'score', 'rating', 'stars', 'similarity', 'ner_tags', 'pos_tags', 'tags', 'tag', 'y'],
];

/** Of a file that was cut at the wrong character, a sentence that says so. */
function checkDelimiter({ names, delimiter, where }: Table): void {
  if (delimiter === undefined || names.length !== 1) return;
  const other = otherDelimiter(names, delimiter);
  if (other === undefined) return;
  throw new OptionError(
    'argument',
    (words) =>
      `${where} has one column, ${JSON.stringify(names[0])}, when it is cut at ${JSON.stringify(delimiter)}; its columns ` +
      `look as if ${JSON.stringify(other)} were between them: name it with ${words.delimiter}.`,
  );
}

function findLabel({ names }: Table, taken: readonly (string | undefined)[]): string | undefined {
  const free = names.filter((name) => !taken.includes(name));
  for (const known of LABEL) {
    const found = free.find((name) => name.toLowerCase() === known);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Chooses the columns of labelled data: the ones that are named; else, for labels, a column with a usual name (`label`,
 * `class`, `sentiment`, `score`, …) or the only one besides the texts, and for texts, `text`, `sentence` or the only
 * other one that holds text. A second half of pairs is never guessed.
 *
 * @throws HashformerError `argument`: no such column, none or more than one that could be meant, a wrong delimiter, or
 *   one column for two things
 */
export function chooseColumns(table: Table, named: Partial<Columns>, task: Task): Columns {
  checkDelimiter(table);
  checkColumns(table, [named.text, named.textPair, named.label]);
  const { names, where } = table;
  const known = named.label ?? findLabel(table, [named.text, named.textPair]);
  const { text, pair } = chooseTextColumns(
    table,
    { text: named.text, pair: named.textPair },
    known,
    task === 'token-classification' ? WORDS : TEXT,
  );
  const others = names.filter((name) => name !== text && name !== pair);
  const label = known ?? (others.length === 1 ? others[0] : undefined);
  if (label === undefined) {
    throw new OptionError(
      'argument',
      (words) =>
        `${where} has no column "label"; name the one that holds the labels with ${words.labelColumn}. Its columns are ` +
        `${listColumns(table)}.`,
    );
  }
  if (new Set([text, pair, label]).size < 3) {
    throw new HashformerError('argument', 'Texts, their second halves and labels need a column each.');
  }
  return pair === null ? { text, label } : { text, textPair: pair, label };
}
