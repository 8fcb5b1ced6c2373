// Texts and labels of any source, rows of a file or lists in memory, as examples: one set of rules for all.

import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import type { Text } from '../../tokenizer/text.ts';
import { Duplicates } from './duplicates.ts';
import { createLabelReader, type Draft, type LabelReader } from './label-readers.ts';
import type { Columns } from './labelled-columns.ts';
import { notesOn } from './notes.ts';
import type { ExampleSummary } from './summary.ts';
import type { Example, Task } from './task.ts';
import { type Place, textOf, wordsOf } from './values.ts';

/** Where rows come from, as sentences have it. */
export interface Origin {
  /** What is at fault where the data are wrong: a file, or what a call was given. */
  readonly code: Place['code'];
  /** The data, which begin a sentence. */
  readonly name: string;
  /** What one row of them is called. */
  readonly row: string;
}

function isBlank(text: Text): boolean {
  return typeof text === 'string' ? text.trim() === '' : text.every(isBlank);
}

function rangeOf(examples: readonly Draft[]): [number, number] {
  const range: [number, number] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { label } of examples) {
    range[0] = Math.min(range[0], label as number);
    range[1] = Math.max(range[1], label as number);
  }
  return range;
}

/**
 * Reads one row after another.
 *
 * - A text is a string; one that is blank is none, as null and undefined are.
 * - `text-classification`: a label is any string, number or truth value, without spaces around it; a blank one is none.
 *   Labels are ordered by value where all are whole numbers, else by code point.
 * - `regression`: a number, or a string that spells one.
 * - `multi-label-classification`: a list (or a string that is one in JSON), or names between `|`, `;` or `,`, whichever comes first in
 *   that order in the first row that has one; a note says which. `[]` is an example without labels.
 * - `token-classification`: words and as many labels, both with spaces between them or as lists.
 *
 * Rows without a text or without a label are skipped and counted.
 */
export class ExampleReader {
  readonly #task: Task;
  readonly #known: boolean;
  readonly #origin: Origin;
  readonly #labels: LabelReader;
  readonly #duplicates = new Duplicates();
  readonly #examples: Draft[] = [];
  #rows = 0;
  #empty = 0;
  #uneven = 0;

  /**
   * @param known the classes, in their order; without them all that occur are found
   * @throws HashformerError `argument`: known classes that are no names, or not each its own
   */
  constructor(task: Task, known: readonly string[] | undefined, origin: Origin) {
    this.#task = task;
    this.#known = known !== undefined;
    this.#origin = origin;
    this.#labels = createLabelReader(task, known);
  }

  /** Rows read so far. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * @param row text, label and, of a pair, second text; empty where it had too few or too many columns
   * @returns the example that it is; undefined where it was skipped
   * @throws HashformerError `source` or `argument`, as the place says: no text, no label of the task, one that is none of
   *   the known ones, words and labels that do not match
   */
  add(row: readonly unknown[], place: Place): Draft | undefined {
    this.#rows++;
    if (row.length === 0) {
      this.#uneven++;
      return undefined;
    }
    const first =
      this.#task === 'token-classification' ? wordsOf(row[0], place).join(' ') : textOf(row[0], place);
    const text: Text = row.length === 2 ? first : [first, textOf(row[2], place)];
    const label = isBlank(text) ? undefined : this.#labels.read(row[1], text, place);
    if (label === undefined) {
      this.#empty++;
      return undefined;
    }
    const example = { text, label };
    this.#examples.push(example);
    this.#duplicates.add(text);
    return example;
  }

  /**
   * Numbers the classes in their final order.
   *
   * @param columns of a file
   * @throws HashformerError `source` or `argument`, as the origin says: no example, or one class only
   */
  finish(columns?: Columns): { examples: Example[]; summary: ExampleSummary } {
    const { code, name, row } = this.#origin;
    const examples = this.#examples;
    const column = (of: 'text' | 'label') => (columns === undefined ? '' : ` (column ${show(columns[of])})`);
    if (examples.length === 0) {
      throw new HashformerError(
        code,
        `${name} has nothing to learn from: none of its ${this.#rows} ${row}s has both a text${column('text')} and a ` +
          `label${column('label')}.`,
      );
    }
    const { labels, counts, notes } = this.#labels.finish(examples);
    if (!this.#known && labels.length === 1 && this.#task !== 'multi-label-classification') {
      throw new HashformerError(
        code,
        `${name} has one class only, ${show(labels[0])}${column('label')}; expected two or more.`,
      );
    }
    const counted = {
      rows: this.#rows,
      used: examples.length,
      empty: this.#empty,
      uneven: this.#uneven,
      labels,
      counts,
      range: this.#task === 'regression' ? rangeOf(examples) : null,
    };
    const all = [...notes, ...notesOn(counted, this.#task, this.#duplicates.count, row)];
    return { examples, summary: { ...counted, notes: all } };
  }
}
