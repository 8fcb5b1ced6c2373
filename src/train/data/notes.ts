import { show } from '../../show.ts';
import type { ExampleSummary } from './summary.ts';
import type { Task } from './task.ts';

/** A class with this many times the examples of another is worth a word. */
const IMBALANCE = 10;
/** So many classes, most with one example, are no classes. */
const MANY_CLASSES = 50;

function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** So many of something: 1 row, 2 rows. */
function several(count: number, what: string): string {
  return `${number(count)} ${what}${count === 1 ? '' : 's'}`;
}

function onClasses({ labels, counts, used }: Counted, task: Task, row: string): string[] {
  const notes: string[] = [];
  const absent = labels.filter((_, i) => counts[i] === 0);
  if (absent.length > 0) {
    const shown = absent.slice(0, 5).map(show).join(', ') + (absent.length > 5 ? ', …' : '');
    notes.push(
      `No example has ${absent.length === 1 ? 'the label' : `${absent.length} of the labels:`} ${shown}.`,
    );
  }
  const present = counts.map((count, i) => ({ count, label: labels[i]! })).filter(({ count }) => count > 0);
  present.sort((a, b) => b.count - a.count);
  const [most, least] = [present[0], present.at(-1)];
  if (task !== 'token-classification' && most && least && most.count > IMBALANCE * least.count) {
    const remedy =
      task === 'text-classification' ? '; balanced class weights make all classes count alike' : '';
    notes.push(
      `The classes are imbalanced: ${show(most.label)} has ${several(most.count, row)}, ${show(least.label)} ` +
        `${number(least.count)}${remedy}.`,
    );
  }
  const numeric = labels.every((label) => !Number.isNaN(Number(label)));
  const scores = numeric && labels.some((label) => !Number.isInteger(Number(label)));
  if (
    task === 'text-classification' &&
    (scores || (labels.length > MANY_CLASSES && labels.length > used / 2))
  ) {
    const hint = numeric ? '; to learn a score, choose the task regression' : '';
    notes.push(
      `There are ${number(labels.length)} classes for ${several(used, row)}: is this the column of labels${hint}?`,
    );
  }
  return notes;
}

type Counted = Omit<ExampleSummary, 'notes'>;

/**
 * What whoever trains on the data should know.
 *
 * @param row what a row of them is called
 */
export function notesOn(summary: Counted, task: Task, duplicates: number, row: string): string[] {
  const notes: string[] = [];
  const { rows: all, used, empty, uneven, range } = summary;
  if (empty > 0)
    notes.push(`${number(empty)} of ${several(all, row)} have no text or no label and were skipped.`);
  if (uneven > 0) {
    notes.push(
      `${number(uneven)} of ${several(all, row)} have too few or too many columns and were skipped.`,
    );
  }
  if (duplicates > 0)
    notes.push(`${several(duplicates, row)} repeat${duplicates === 1 ? 's' : ''} a text that came before.`);
  if (range !== null && range[0] === range[1]) notes.push(`All ${number(used)} scores are ${range[0]}.`);
  return [...notes, ...onClasses(summary, task, row)];
}
