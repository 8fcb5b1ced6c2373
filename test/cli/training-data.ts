import { writeFile } from 'node:fs/promises';
import { Random } from '../helpers.ts';

const GOOD = ['good', 'great', 'witty', 'lovely', 'superb'];
const BAD = ['bad', 'dull', 'awful', 'boring', 'weak'];
const NOUNS = ['film', 'story', 'plot', 'cast', 'scene', 'score'];

/** Sentences that one word gives away, as CSV; every other one is positive. */
export function reviews(count: number, seed: number): string {
  const random = new Random(seed);
  const of = (words: readonly string[]) => words[random.below(words.length)]!;
  const rows = Array.from({ length: count }, (_, i) => {
    const words = Array.from({ length: 2 + random.below(5) }, () => of(NOUNS));
    words.splice(random.below(words.length + 1), 0, of(i % 2 === 0 ? GOOD : BAD));
    return `${words.join(' ')},${i % 2 === 0 ? 'pos' : 'neg'}\n`;
  });
  return `text,label\n${rows.join('')}`;
}

/** Writes a task's file of GLUE with one sentence pair a row. */
export function writePairs(path: string, label: string, values: readonly (string | number)[]): Promise<void> {
  const rows = values.map((value, i) => `${i}\tthe cat ${i % 3} sat\ta cat ${i % 5} sat\t${value}\n`);
  return writeFile(path, `index\tsentence1\tsentence2\t${label}\n${rows.join('')}`);
}
