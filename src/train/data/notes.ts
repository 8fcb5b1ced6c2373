import { show } from '../../show.ts';
import type { DatasetSummary } from './dataset.ts';
import type { Task } from './task.ts';

/** A class with this many times the examples of another is worth a word. */
const IMBALANCE = 10;
/** So many classes, most with one example, are no classes. */
const MANY_CLASSES = 50;

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function rows(count: number): string {
  return count === 1 ? '1 row' : `${number(count)} rows`;
}

function onClasses({ labels, counts, used }: Counted, task: Task): string[] {
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
      task === 'text-classification' ? '; --class-weights balanced makes all classes count alike' : '';
    notes.push(
      `The classes are imbalanced: ${show(most.label)} has ${rows(most.count)}, ${show(least.label)} ` +
        `${number(least.count)}${remedy}.`,
    );
  }
  const numeric = labels.every((label) => !Number.isNaN(Number(label)));
  const scores = numeric && labels.some((label) => !Number.isInteger(Number(label)));
  if (
    task === 'text-classification' &&
    (scores || (labels.length > MANY_CLASSES && labels.length > used / 2))
  ) {
    const hint = numeric ? '; to learn a score, use --task regression' : '';
    notes.push(
      `There are ${number(labels.length)} classes for ${rows(used)}: is this the column of labels${hint}?`,
    );
  }
  return notes;
}

type Counted = Omit<DatasetSummary, 'notes' | 'columns'>;

/** What whoever trains on the data should know. */
export function notesOn(summary: Counted, task: Task, duplicates: number): string[] {
  const notes: string[] = [];
  const { rows: all, used, empty, uneven, range } = summary;
  if (empty > 0) notes.push(`${number(empty)} of ${rows(all)} have no text or no label and were skipped.`);
  if (uneven > 0) {
    notes.push(`${number(uneven)} of ${rows(all)} have too few or too many columns and were skipped.`);
  }
  if (duplicates > 0)
    notes.push(`${rows(duplicates)} repeat${duplicates === 1 ? 's' : ''} a text that came before.`);
  if (range !== null && range[0] === range[1]) notes.push(`All ${number(used)} scores are ${range[0]}.`);
  return [...notes, ...onClasses(summary, task)];
}
