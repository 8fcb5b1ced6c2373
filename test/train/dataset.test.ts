import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, it } from 'vitest';
import { type DatasetOptions, readDataset } from '../../src/train/data/dataset.ts';
import type { Task } from '../../src/train/data/task.ts';
import { failure } from '../helpers.ts';

const folder = await mkdtemp(join(tmpdir(), 'hashformer-data-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function read(name: string, content: string | Uint8Array, options: Partial<DatasetOptions> = {}) {
  return readDataset(await file(name, content), { task: 'text-classification', ...options });
}

function columns(data: Record<string, unknown[]>): Uint8Array {
  const columnData = Object.entries(data).map(([name, values]) => ({ name, data: values }));
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 2 }));
}

describe('text-classification', () => {
  const examples = [
    { text: 'good, "really"', label: 1 },
    { text: 'bad', label: 0 },
    { text: 'fine', label: 1 },
  ];
  const summary = {
    columns: { text: 'text', label: 'label' },
    rows: 3,
    used: 3,
    empty: 0,
    uneven: 0,
    labels: ['neg', 'pos'],
    counts: [1, 2],
    range: null,
    notes: [],
  };
  const rows = [
    { id: 1, text: 'good, "really"', label: 'pos' },
    { id: 2, text: 'bad', label: 'neg' },
    { id: 3, text: 'fine', label: 'pos' },
  ];

  it('reads the same from every format', async () => {
    const csv = 'id,text,label\r\n1,"good, ""really""",pos\r\n2,bad,neg\r\n3,fine, pos \r\n';
    const tsv = 'id\ttext\tlabel\n1\tgood, "really"\tpos\n2\tbad\tneg\n3\tfine\tpos';
    const jsonl = rows.map((row) => `${JSON.stringify(row)}\n`).join('\n');
    const parquet = columns({
      id: [1, 2, 3],
      text: rows.map(({ text }) => text),
      label: rows.map(({ label }) => label),
    });
    for (const [name, content] of Object.entries({ csv, tsv, jsonl, parquet })) {
      expect(await read(`same.${name}`, content), name).toEqual({ examples, summary });
    }
    expect(await read('same.log', jsonl, { format: 'jsonl' })).toEqual({ examples, summary });
  });

  it('orders whole numbers by value, all else by code point', async () => {
    const csv = (labels: string[]) => `text,label\n${labels.map((label) => `t,${label}\n`).join('')}`;
    const numbers = await read('numbers.csv', csv(['10', '9', '-1', '9']));
    expect(numbers.summary.labels).toEqual(['-1', '9', '10']);
    expect(numbers.examples.map(({ label }) => label)).toEqual([2, 1, 0, 1]);
    const names = await read('names.csv', csv(['10', '9', 'b', 'B', 'ä', '\u{1f600}', '\uff21']));
    expect(names.summary.labels).toEqual(['10', '9', 'B', 'b', 'ä', '\uff21', '\u{1f600}']);
  });

  it('takes numbers, truth values and 64-bit integers as labels', async () => {
    const booleans = '{"text":"a","label":true}\n{"text":"b","label":false}\n';
    expect((await read('truth.jsonl', booleans)).summary.labels).toEqual(['false', 'true']);
    const parquet = columns({ text: ['a', 'b'], label: [2n, 10n] });
    expect((await read('big.parquet', parquet)).summary.labels).toEqual(['2', '10']);
  });

  it('reads pairs, and files without a header', async () => {
    const csv = 'premise,hypothesis,gold_label\na,b,yes\nc,,no\n';
    const pairs = await read('pairs.csv', csv, { columns: { text: 'premise', textPair: 'hypothesis' } });
    expect(pairs.examples).toEqual([
      { text: ['a', 'b'], label: 1 },
      { text: ['c', ''], label: 0 },
    ]);
    expect(pairs.summary.columns).toEqual({ text: 'premise', textPair: 'hypothesis', label: 'gold_label' });
    const bare = await read('bare.tsv', '0\tbad\n1\tgood\n', { header: false });
    expect(bare.summary.columns).toEqual({ text: '2', label: '1' });
    expect(bare.examples[1]).toEqual({ text: 'good', label: 1 });
  });

  it('guesses columns, and reads the named ones', async () => {
    const guess = async (header: string, row: string) =>
      (await read('guess.csv', `${header}\n${row}\n${row.replaceAll('1', '2')}\n`)).summary.columns;
    expect(await guess('sentence,Label', 'a,1')).toEqual({ text: 'sentence', label: 'Label' });
    expect(await guess('review,stars,id', 'a b,1,7')).toEqual({ text: 'review', label: 'stars' });
    expect(await guess('id,text,sentiment', '7,a b,x1')).toEqual({ text: 'text', label: 'sentiment' });
    expect(await guess('mood,text', '1,a')).toEqual({ text: 'text', label: 'mood' });
    const named = await read('named.csv', 'text,label,title,topic\na,1,b,x\na,1,c,y\n', {
      columns: { text: 'title', label: 'topic' },
    });
    expect(named.examples).toEqual([
      { text: 'b', label: 0 },
      { text: 'c', label: 1 },
    ]);
  });

  it('skips rows without text or label, and counts them', async () => {
    const csv = 'text,label\na,0\n ,1\nb, \nc,1\n';
    const { examples, summary } = await read('empty-rows.csv', csv);
    expect(examples).toHaveLength(2);
    expect(summary).toMatchObject({ rows: 4, used: 2, empty: 2, counts: [1, 1] });
    expect(summary.notes).toEqual(['2 of 4 rows have no text or no label and were skipped.']);
    const jsonl = '{"text":"a","label":1}\n{"text":null,"label":1}\n{"label":0}\n{"text":"b","label":0}\n';
    expect((await read('empty-rows.jsonl', jsonl)).summary).toMatchObject({ rows: 4, used: 2, empty: 2 });
  });

  it('notes classes out of balance, repeated texts and odd labels', async () => {
    const notesOf = async (name: string, content: string, options?: Partial<DatasetOptions>) =>
      (await read(name, content, options)).summary.notes;
    const many = Array.from({ length: 22 }, (_, i) => `text ${i},a\n`).join('');
    expect(await notesOf('imbalance.csv', `text,label\n${many}x,b\ny,b\n`)).toEqual([
      'The classes are imbalanced: "a" has 22 rows, "b" 2; balanced class weights make all classes count alike.',
    ]);
    expect(await notesOf('repeated.csv', 'text,label\na,0\na,1\nb,1\n')).toEqual([
      '1 row repeats a text that came before.',
    ]);
    expect(await notesOf('scores.csv', 'text,score\na,0.5\nb,1.5\n')).toEqual([
      'There are 2 classes for 2 rows: is this the column of labels; to learn a score, choose the task regression?',
    ]);
    expect(await notesOf('absent.csv', 'text,label\na,0\n', { labels: ['0', '1'] })).toEqual([
      'No example has the label "1".',
    ]);
  });

  it('loses no rows to quotes that are ordinary characters', async () => {
    const tsv = 'text\tlabel\n"a\t0\nb"\t1\nd\t0\n';
    const error = await failure(() => read('quotes.tsv', tsv), 'source');
    expect(error.message).toMatch(/line 3: here ends a field in quotes .* add format: \{ quotes: false \}/);
    const plain = await read('quotes.tsv', tsv, { quotes: false });
    expect(plain.examples.map(({ text }) => text)).toEqual(['"a', 'b"', 'd']);
    const quoted = await read('quotes.tsv', tsv, { format: 'csv', delimiter: '\t' });
    expect(quoted.examples.map(({ text }) => text)).toEqual(['a\t0\nb', 'd']);
    const lines = 'text\tlabel\n"a\nb"\t0\n"c\td"\t1\n';
    expect((await read('lines.tsv', lines)).examples.map(({ text }) => text)).toEqual(['a\nb', 'c\td']);
  });

  it('keeps the order of known labels, and names one that is not among them', async () => {
    const dev = 'text,label\na,no\nb,yes\n"c\nd",maybe\n';
    const known = await read('dev.csv', dev.split('"')[0]!, { labels: ['yes', 'no'] });
    expect(known.examples.map(({ label }) => label)).toEqual([1, 0]);
    expect(known.summary).toMatchObject({ labels: ['yes', 'no'], counts: [1, 1] });
    const error = await failure(() => read('dev.csv', dev, { labels: ['yes', 'no'] }), 'source');
    expect(error.message).toBe(
      `"${join(folder, 'dev.csv')}", line 5: the label "maybe" is none of the known ones, "yes", "no".`,
    );
    const parquet = columns({ text: ['a', 'b', 'c'], label: ['yes', 'no', 'maybe'] });
    const inParquet = await failure(() => read('dev.parquet', parquet, { labels: ['yes', 'no'] }), 'source');
    expect(inParquet.message).toContain('row 3: the label "maybe"');
    const languages = Array.from({ length: 128 }, (_, i) => `language ${i}`);
    const long = await failure(() => read('dev.csv', dev, { labels: languages }), 'source');
    expect(long.message).toContain('"language 19" and 108 more.');
  });
});

describe('regression', () => {
  it('reads numbers', async () => {
    const csv = 'sentence,score\na,5.000\nb,-.5\nc,1e-3\nd,\n';
    const { examples, summary } = await read('scores.csv', csv, { task: 'regression' });
    expect(examples.map(({ label }) => label)).toEqual([5, -0.5, 0.001]);
    expect(summary).toMatchObject({ labels: [], counts: [], range: [-0.5, 5], empty: 1 });
    const same = await read('same-scores.csv', 'text,score\na,3\nb,3\n', { task: 'regression' });
    expect(same.summary.notes).toEqual(['All 2 scores are 3.']);
  });

  it.each(['4,5', 'good', 'nan', 'Infinity', '0x10', '1e300', '12 %'])('refuses %s', async (score) => {
    const csv = `text,score\na,1\nb,"${score}"\n`;
    const error = await failure(() => read('no-number.csv', csv, { task: 'regression' }), 'source');
    expect(error.message).toContain(
      `line 3: expected a number to learn, as the task is regression, got "${score}"`,
    );
  });
});

describe('multi-label-classification', () => {
  it.each([
    [';', 'text,labels\na,x;y\nb,y\nc,y;x\nd,\n'],
    ['|', 'text,labels\na,x|y\nb,y\nc,y |x\nd,\n'],
    [',', 'text,labels\na,"x,y"\nb,y\nc,"y, x"\nd,\n'],
  ])('finds what separates labels: %s', async (separator, csv) => {
    const { examples, summary } = await read('several.csv', csv, { task: 'multi-label-classification' });
    expect(examples.map(({ label }) => label)).toEqual([
      [1, 1],
      [0, 1],
      [1, 1],
    ]);
    expect(summary).toMatchObject({ labels: ['x', 'y'], counts: [2, 3], empty: 1 });
    expect(summary.notes).toContain(`Labels are separated by "${separator}".`);
  });

  it('reads lists, of which an empty one is no label', async () => {
    const rows = ['["b","a"]', '[]', '[10]', '["a", "a"]'];
    const expected = [
      [0, 1, 1],
      [0, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
    ];
    const jsonl = rows.map((labels) => `{"text":"t","labels":${labels}}\n`).join('');
    const csv = `text,labels\n${rows.map((labels) => `t,"${labels.replaceAll('"', '""')}"\n`).join('')}`;
    for (const [name, content] of Object.entries({ jsonl, csv })) {
      const { examples, summary } = await read(`lists.${name}`, content, {
        task: 'multi-label-classification',
      });
      expect(summary.labels).toEqual(['10', 'a', 'b']);
      expect(examples.map(({ label }) => label)).toEqual(expected);
    }
    const known = await read('lists.csv', csv, {
      task: 'multi-label-classification',
      labels: ['a', 'b', '10', 'never'],
    });
    expect(known.examples.map(({ label }) => label)).toEqual([
      [1, 1, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 1, 0],
      [1, 0, 0, 0],
    ]);
  });

  it('names unseen labels, and what is no list', async () => {
    const unseen = () =>
      read('several.csv', 'text,label\na,x;z\n', { task: 'multi-label-classification', labels: ['x'] });
    expect((await failure(unseen, 'source')).message).toContain(
      'line 2: the label "z" is none of the known ones',
    );
    const broken = () =>
      read('broken.csv', "text,label\na,\"['x', 'y']\"\n", { task: 'multi-label-classification' });
    expect((await failure(broken, 'source')).message).toContain('expected a JSON list of labels');
  });
});

describe('token-classification', () => {
  it('reads words and labels with spaces between them, or as lists', async () => {
    const csv = 'text,labels\nEU rejects  call,B-ORG O O\nPeter,B-PER\n';
    const jsonl =
      '{"tokens":["EU","rejects","call"],"ner_tags":["B-ORG","O","O"]}\n{"tokens":["Peter"],"ner_tags":["B-PER"]}\n';
    for (const [name, content] of Object.entries({ csv, jsonl })) {
      const { examples, summary } = await read(`words.${name}`, content, { task: 'token-classification' });
      expect(examples).toEqual([
        { text: 'EU rejects call', label: [0, 2, 2] },
        { text: 'Peter', label: [1] },
      ]);
      expect(summary).toMatchObject({ labels: ['B-ORG', 'B-PER', 'O'], counts: [1, 1, 2] });
    }
  });

  it('keeps words of lists one each, whatever they hold', async () => {
    const words = ['1 / 2', '', 'a\u00a0b', 'c'];
    const jsonl = `${JSON.stringify({ words, labels: [0, 1, 0, 1] })}\n`;
    const { examples } = await read('odd-words.jsonl', jsonl, { task: 'token-classification' });
    expect((examples[0]!.text as string).split(' ')).toEqual(['1\u00a0/\u00a02', '', 'a\u00a0b', 'c']);
  });

  it('refuses words and labels that do not match', async () => {
    const error = await failure(
      () => read('uneven.csv', 'text,label\na b,X Y\na b c,X Y\n', { task: 'token-classification' }),
      'source',
    );
    expect(error.message).toContain('line 3: expected a label for each of the 3 words, got 2');
    const unseen = () =>
      read('unseen.csv', 'text,label\na b,X Z\n', { task: 'token-classification', labels: ['X', 'Y'] });
    expect((await failure(unseen, 'source')).message).toContain('line 2: the label "Z"');
  });
});

describe('a sentence for bad input', () => {
  type Code = Parameters<typeof failure>[1];
  const cases: [string, string | Uint8Array, Partial<DatasetOptions>, Code, RegExp][] = [
    ['one-class.csv', 'text,label\na,x\nb,x\n', {}, 'source', /has one class only, "x" \(column "label"\)/],
    [
      'missing.csv',
      'text,label\na,x\n',
      { columns: { label: 'topic' } },
      'argument',
      /no column "topic"; its columns are "text", "label"/,
    ],
    [
      'unclear.csv',
      'text,one,two\na,x,y\n',
      {},
      'argument',
      /no column "label"; name .* columns: \{ label \}\. Its columns are "text", "one", "two"/,
    ],
    [
      'no-text.csv',
      'title,body,label\na,b,1\n',
      {},
      'argument',
      /more than one that looks like text; name one with columns: \{ text \}/,
    ],
    [
      'twice.csv',
      'text,label\na,b\n',
      { columns: { text: 'text', label: 'text' } },
      'argument',
      /need a column each/,
    ],
    [
      'tabs.csv',
      'text\tlabel\na\tx\nb\ty\n',
      {},
      'argument',
      /has one column, "text\\tlabel", when it is cut at ","; its columns look as if "\\t"/,
    ],
    [
      'semicolons.csv',
      'text;label\na;x\nb;y\n',
      {},
      'argument',
      /one column, "text;label", .* as if ";" were between them: name it with format: \{ delimiter \}/,
    ],
    [
      'mixed.csv',
      'text;label\na, b;x\nb;y\n',
      {},
      'source',
      /not valid CSV: .*; if ";" stands between its columns, name it with format: \{ delimiter \}/,
    ],
    [
      'latin.csv',
      Buffer.from('text,label\ncaf\xe9,x\n', 'latin1'),
      {},
      'source',
      /line 2: expected UTF-8, got other bytes/,
    ],
    [
      'wide.csv',
      Buffer.from('\ufefftext,label\na,b\n', 'utf16le'),
      {},
      'source',
      /line 1: expected UTF-8, got UTF-16/,
    ],
    ['empty.csv', '', {}, 'source', /is empty; expected texts and labels/],
    ['empty.jsonl', '\n\n', {}, 'source', /has no rows; expected texts and labels/],
    ['header.csv', 'text,label\n', {}, 'source', /has no rows/],
    [
      'blank.csv',
      'text,label\n ,\n,x\n',
      {},
      'source',
      /none of its 2 rows has both a text \(column "text"\) and a label/,
    ],
    ['uneven.csv', 'text,label\na,x\nb\n', {}, 'source', /not valid CSV: .*line 3/],
    ['array.jsonl', '[{"text":"a"}]\n', {}, 'source', /line 1: expected an object, got an array of 1/],
    ['string.jsonl', '"a"\n', {}, 'source', /line 1: expected an object, got "a"/],
    ['number.jsonl', '{"text":5,"label":1}\n', {}, 'source', /line 1: expected a text, got 5/],
    ['object.jsonl', '{"text":"a","label":{}}\n', {}, 'source', /line 1: expected a label, got an object/],
    ['not.parquet', 'PAR2 nothing', {}, 'source', /could not be read as Parquet/],
    [
      'lines.txt',
      'a\nb\n',
      {},
      'argument',
      /is text without labels; expected CSV, TSV, JSON lines or Parquet/,
    ],
    ['what.xyz', 'a', {}, 'argument', /name its format with format: \{ format \}/],
    [
      'pair.csv',
      'a,b,label\nx,y,1\n',
      { task: 'token-classification', columns: { text: 'a', textPair: 'b' } },
      'argument',
      /leave columns: \{ textPair \} out/,
    ],
    [
      'task.csv',
      'text,label\na,b\n',
      { task: 'ranking' as Task },
      'argument',
      /Expected a task of text-classification, .*got "ranking"/,
    ],
  ];
  it.each(cases)('%s', async (name, content, options, code, sentence) => {
    const error = (await read(name, content, options).catch((thrown) => thrown)) as Error;
    expect(error).toMatchObject({ name: 'HashformerError', code });
    expect(error.message).toMatch(sentence);
    expect(error.message.split('\n')).toHaveLength(1);
  });

  it('of a file that is not there', async () => {
    const error = await failure(
      () => readDataset(join(folder, 'none.csv'), { task: 'token-classification' }),
      'source',
    );
    expect(error.message).toContain('There is no file');
  });
});

describe('long reading', () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `text number ${i} with a few words,${i % 3}\n`).join(
    '',
  );

  it('tells how far it is', async () => {
    const seen: [number, number | null][] = [];
    const content = `text,label\n${lines}`;
    await read('long.csv', content, { onProgress: (...progress) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.at(-1)).toEqual([content.length, content.length]);
    expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).sort((a, b) => a - b));
  });

  it.each(['csv', 'jsonl', 'parquet'])('stops when it is aborted: .%s', async (format) => {
    const rows = Array.from({ length: 20_000 }, (_, i) => ({ text: `text ${i}`, label: String(i % 3) }));
    const content = {
      csv: `text,label\n${lines}`,
      jsonl: rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
      parquet: columns({
        text: rows.slice(0, 8).map(({ text }) => text),
        label: rows.slice(0, 8).map(({ label }) => label),
      }),
    }[format]!;
    const controller = new AbortController();
    let calls = 0;
    const onProgress = () => {
      calls++;
      controller.abort();
    };
    await failure(
      () => read(`abort.${format}`, content, { signal: controller.signal, onProgress }),
      'aborted',
    );
    expect(calls).toBe(1);
    await failure(() => read(`abort.${format}`, content, { signal: AbortSignal.abort() }), 'aborted');
  });
});
