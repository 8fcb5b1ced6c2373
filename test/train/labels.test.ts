import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, it } from 'vitest';
import type { HashformerError } from '../../src/errors.ts';
import { compareCodePoints } from '../../src/train/data/code-points.ts';
import type { DatasetOptions } from '../../src/train/data/dataset.ts';
import { type LabelledData, loadData } from '../../src/train/data/labelled-data.ts';
import { TASKS, type Task } from '../../src/train/data/task.ts';
import { Random } from '../helpers.ts';

const folder = await mkdtemp(join(tmpdir(), 'hashformer-labels-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

type Data = { texts: unknown[]; labels: unknown[] };

/** What a format without lists, numbers and truth values has instead; nothing where there is none. */
function spelt(value: unknown): string {
  if (value === null || value === undefined) return '';
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}

function separated({ texts, labels }: Data, delimiter: string): string {
  const field = (value: unknown) => `"${spelt(value).replaceAll('"', '""')}"`;
  const rows = texts.map((text, i) => `${field(text)}${delimiter}${field(labels[i])}\n`);
  return `text${delimiter}label\n${rows.join('')}`;
}

/** The same data as each source has them, and the words for row i there. */
const FILES: Record<string, { write(data: Data): string | Uint8Array; place(i: number): string }> = {
  csv: { write: (data) => separated(data, ','), place: (i) => `line ${i + 2}` },
  tsv: { write: (data) => separated(data, '\t'), place: (i) => `line ${i + 2}` },
  jsonl: {
    write: ({ texts, labels }) =>
      texts.map((text, i) => `${JSON.stringify({ text, label: labels[i] })}\n`).join(''),
    place: (i) => `line ${i + 1}`,
  },
  parquet: {
    write: ({ texts, labels }) => {
      // Columns of one type each: whole numbers and truth values as they are, all else spelt.
      const plain = ['number', 'boolean'].find((type) => labels.every((label) => typeof label === type));
      const data = plain === undefined ? labels.map(spelt) : labels;
      const type = { number: 'DOUBLE', boolean: 'BOOLEAN' }[plain as 'number'] ?? 'STRING';
      const columnData = [
        { name: 'text', data: texts.map(spelt), type: 'STRING' },
        { name: 'label', data, type },
      ];
      return new Uint8Array(parquetWriteBuffer({ columnData: columnData as never, rowGroupSize: 3 }));
    },
    place: (i) => `row ${i + 1}`,
  },
};

type Outcome = { [key: string]: unknown; refused?: string };

/** Everything that comes of data, or the refusal, in words that are the same for all sources. */
async function outcome(
  source: string | Data,
  options: DatasetOptions,
  place: (i: number) => string,
): Promise<Outcome> {
  const code = typeof source === 'string' ? 'source' : 'argument';
  try {
    const { examples, labels, counts, notes } = await loadData(source as string | LabelledData, options);
    return { examples, labels, counts, notes: notes.map((note) => note.replace(/\btext(s?)\b/g, 'row$1')) };
  } catch (error) {
    const { name, message, code: found } = error as HashformerError;
    expect(name, String((error as Error).stack)).toBe('HashformerError');
    let words = message.replace(/^"[^"]*\/[^"]*"|^The data set in memory/, 'DATA');
    for (let i = 0; i < 20; i++) words = words.replace(new RegExp(`^(DATA, )?${place(i)}:`), `ROW ${i}:`);
    words = words.replace(/ \(column "\w+"\)/g, '').replace(/ texts has both/, ' rows has both');
    return { refused: `${found === code ? 'of the data' : found}: ${words}` };
  }
}

async function everywhere(data: Data, options: DatasetOptions): Promise<Record<string, Outcome>> {
  const found: Record<string, Outcome> = { memory: await outcome(data, options, (i) => `Text ${i}`) };
  for (const [ending, { write, place }] of Object.entries(FILES)) {
    const path = join(folder, `data.${ending}`);
    await writeFile(path, write(data));
    found[ending] = await outcome(path, options, place);
  }
  return found;
}

const NAMES = ['1', '2', '10', '-3', '01', 'a', ' a', 'b ', 'B', 'ä', '\u{1f600}', '\uff21', '\ue000', 'x y'];
const PARTS = ['a', 'b', 'B-x', 'O', '10', '9', '\u{1f600}', '\uff21'];

/** Labels of a task, of all shapes that every source has, and now and then wrong ones. */
function draw(random: Random, task: Task): Data {
  const count = 1 + random.below(10);
  const some = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
  const pool = Array.from({ length: 1 + random.below(6) }, () =>
    some(task === 'text-classification' ? NAMES : PARTS),
  );
  const shape = random.below(4);
  const words = () => Array.from({ length: 1 + random.below(4) }, () => some(['w', 'it', '字']));
  const shapes: Record<Task, (text: string) => unknown> = {
    'text-classification': () =>
      shape === 0 ? random.below(12) - 2 : shape === 1 ? random.below(2) === 0 : some(pool),
    regression: () => {
      const number = random.below(100) / 8 - 3;
      return shape === 0 ? number : random.below(15) === 0 ? 'many' : ` ${number} `;
    },
    'multi-label-classification': () => {
      const list = Array.from({ length: random.below(4) }, () => some(pool));
      return shape === 0 ? list.join(';') : shape === 1 ? list.join(' | ') : list;
    },
    'token-classification': (text) => {
      const length = text.split(/ +/).length + (random.below(25) === 0 ? 1 : 0);
      const list = Array.from({ length }, () => some(pool));
      return shape === 0 ? list.join(' ') : list;
    },
  };
  const texts: string[] = [];
  const labels = Array.from({ length: count }, (_, i) => {
    const text =
      task === 'token-classification'
        ? words().join(some([' ', '  ']))
        : some([`text ${i}`, `Text ${i}`, 'again']);
    texts.push(text);
    return random.below(12) === 0 ? some(['', ' ']) : shapes[task](text);
  });
  if (random.below(8) === 0) texts[random.below(count)] = ' ';
  // Numbers and truth values only: a column has one type in Parquet.
  if (task === 'text-classification' && shape < 2)
    return { texts, labels: labels.map((l) => (typeof l === 'string' ? (shape === 0 ? 7 : true) : l)) };
  if (task === 'regression' && shape === 0)
    return { texts, labels: labels.map((l) => (typeof l === 'string' ? 1 : l)) };
  return { texts, labels };
}

describe('labels in memory are those of files', () => {
  it.each(TASKS)('of random data: %s', async (task) => {
    const refusals = new Set<string>();
    let learnt = 0;
    for (let seed = 0; seed < 120; seed++) {
      const random = new Random(1000 + seed);
      const data = draw(random, task);
      const known =
        task !== 'regression' && random.below(3) === 0 ? [...new Set(PARTS), 'never'].reverse() : undefined;
      const { memory, ...files } = await everywhere(data, { task, labels: known });
      for (const [name, found] of Object.entries(files)) {
        expect(found, `seed ${seed}, ${name}: ${JSON.stringify(data)}`).toEqual(memory);
      }
      if (memory!.refused === undefined) learnt++;
      else refusals.add(memory!.refused.replace(/\d+|".*?"/g, '…'));
    }
    // What was drawn is worth comparing.
    expect(learnt).toBeGreaterThan(40);
    expect([...refusals].length, [...refusals].join('\n')).toBeGreaterThanOrEqual(
      task === 'multi-label-classification' ? 1 : 2,
    );
  });

  const classes = async (labels: unknown[], options: Partial<DatasetOptions> = {}) => {
    const texts = labels.map((_, i) => `text ${i}`);
    const all = await everywhere({ texts, labels }, { task: 'text-classification', ...options });
    for (const found of Object.values(all)) expect(found).toEqual(all.memory);
    return all.memory as { labels: string[]; refused?: string };
  };

  it('are ordered by value where all are whole numbers, else by code point', async () => {
    expect((await classes(['1', '2', '10', '9'])).labels).toEqual(['1', '2', '9', '10']);
    expect((await classes([1, 2, 10, 9])).labels).toEqual(['1', '2', '9', '10']);
    expect((await classes(['\u{1f600}', '\uff21'])).labels).toEqual(['\uff21', '\u{1f600}']);
    expect((await classes(['01', '1', '1'])).labels).toEqual(['01', '1']);
    expect((await classes(['1', '01', '1'])).labels).toEqual(['01', '1']);
  });

  it('have no spaces around them, and are there', async () => {
    expect((await classes([' a', 'a', 'b'])).labels).toEqual(['a', 'b']);
    expect(await classes(['a', '', 'b', ' '])).toMatchObject({
      labels: ['a', 'b'],
      notes: ['2 of 4 rows have no row or no label and were skipped.'],
    });
  });

  it('are two or more', async () => {
    expect((await classes(['x', ' x'])).refused).toBe(
      'of the data: DATA has one class only, "x"; expected two or more.',
    );
    expect((await classes(['', ' '])).refused).toContain('nothing to learn from: none of its 2 rows');
  });

  it('are those that are known', async () => {
    expect((await classes(['b', ' a'], { labels: [' a ', 'b'] })).labels).toEqual(['a', 'b']);
    expect((await classes(['a', 'z'], { labels: ['a', 'b'] })).refused).toBe(
      'of the data: ROW 1: the label "z" is none of the known ones, "a", "b".',
    );
    for (const labels of [['a', ' a'], [], ['a', ''], [1, 2] as never]) {
      const data = { texts: ['t', 'u'], labels: ['a', 'b'] };
      const all = await everywhere(data, { task: 'text-classification', labels });
      for (const { refused } of Object.values(all)) expect(refused).toMatch(/: The labels must/);
    }
  });
});

describe('data in memory', () => {
  const refused = async (texts: unknown, labels: unknown, task: Task = 'text-classification') => {
    const { refused } = await outcome({ texts, labels } as Data, { task }, (i) => `Text ${i}`);
    return refused;
  };

  it('are refused where they are no texts and labels', async () => {
    expect(await refused(['a', 'b'], ['x'])).toBe(
      'of the data: There must be texts and one label for each: got 2 texts and 1 labels.',
    );
    expect(await refused([], [])).toContain('got 0 texts');
    expect(await refused('a', ['x'])).toContain('got "a" texts');
    expect(await refused(['a', 7], ['x', 'y'])).toBe('of the data: ROW 1: expected a text, got 7.');
    expect(await refused(['a', ['b']], ['x', 'y'])).toContain('ROW 1: expected a text, got an array of 1');
    expect(await refused(['a', 'b'], [['x', 'y'], 'z'])).toBe(
      'of the data: ROW 0: expected a label, got an array of 2.',
    );
    expect(await refused(['a', 'b'], [Number.NaN, 1])).toBe('of the data: ROW 0: expected a label, got NaN.');
    expect(await refused(['a', 'b'], [Number.NaN, 1], 'regression')).toContain('expected a number to learn');
    expect(await refused([['a', 'b']], ['x y'], 'token-classification')).toContain(
      'words are labelled in single texts',
    );
  });

  it('may be pairs, and numbers that strings spell', async () => {
    const { examples } = await loadData(
      {
        texts: [
          ['a', 'b'],
          ['c', ''],
        ],
        labels: ['1.5', 2],
      },
      { task: 'regression' },
    );
    expect(examples).toEqual([
      { text: ['a', 'b'], label: 1.5 },
      { text: ['c', ''], label: 2 },
    ]);
  });
});

it('compares by code point what UTF-8 compares by byte', () => {
  const random = new Random(5);
  const characters = [
    '',
    'a',
    'b',
    '\u007f',
    '\u0080',
    'ä',
    '\ud7ff',
    '\ue000',
    '\uff21',
    '\uffff',
    '\u{10000}',
    '\u{1f600}',
    '\u{10ffff}',
  ];
  const text = () =>
    Array.from({ length: random.below(4) }, () => characters[random.below(characters.length)]).join('');
  for (let i = 0; i < 2000; i++) {
    const [a, b] = [text(), text()];
    expect(Math.sign(compareCodePoints(a, b)), JSON.stringify([a, b])).toBe(
      Buffer.compare(Buffer.from(a), Buffer.from(b)),
    );
  }
});
