import { readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { hashformer, linesOf, rowsOf, temporaryFolder } from './run.ts';

const at = await temporaryFolder();

/** Everything that formats stumble over. */
const TEXTS = [
  'plain',
  '',
  ' spaces around ',
  'comma, "quotes" and \'more\'',
  '"',
  'two\nlines',
  'carriage\rreturn and\r\nboth',
  'tab\there',
  'ünïcödé, 字, 😀, e\u0301',
  '\u2028\u0000\u001b[31m',
  '{"json":true}',
  '[1,2]',
  '=1+1',
  'null',
  'x'.repeat(20_000),
];

const texts = (rows: Record<string, unknown>[]) => rows.map(({ text, token }) => text ?? token);

async function file(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(at(name), content);
  return at(name);
}

function parquetFile(rows: readonly string[], codec: 'GZIP' | 'SNAPPY' = 'SNAPPY'): Uint8Array {
  const columnData = [
    { name: 'id', data: rows.map((_, i) => i), type: 'INT32' as const },
    { name: 'text', data: [...rows], type: 'STRING' as const },
  ];
  const compressors = { GZIP: (bytes: Uint8Array) => gzipSync(bytes) };
  return new Uint8Array(parquetWriteBuffer({ columnData, codec, compressors, rowGroupSize: 4 }));
}

describe('round trips', () => {
  it.each(['jsonl', 'csv', 'parquet'])('writes .%s files that it reads again', async (format) => {
    const source = await file('odd.jsonl', TEXTS.map((token) => `${JSON.stringify({ token })}\n`).join(''));
    const target = at(`odd-again.${format}`);
    const written = await hashformer(['hash', source, '--output', target]);
    expect(written).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const rows = await rowsOf(['hash', target, '--text-column', 'token']);
    expect(rows).toEqual(await rowsOf(['hash', source]));
    expect(texts(rows)).toEqual(TEXTS);
  });

  it('writes the same to stdout and to a file', async () => {
    for (const format of ['json', 'jsonl', 'csv', 'parquet']) {
      await hashformer(['hash', 'a', 'b', '--output', at(`same.${format}`)]);
      const { bytes } = await hashformer(['hash', 'a', 'b', `--${format}`]);
      expect(bytes.equals(await readFile(at(`same.${format}`)))).toBe(true);
    }
  });

  it('writes Parquet with types that others read', async () => {
    const { bytes } = await hashformer(['classify', 'good', 'bad', '--top-k', 'all', '--parquet']);
    const buffer = new Uint8Array(bytes).buffer;
    const { children } = parquetSchema(parquetMetadata(buffer));
    const types = children.map(({ element }) => [element.name, element.type, element.converted_type]);
    expect(types).toEqual([
      ['text', 'BYTE_ARRAY', 'UTF8'],
      ['label', 'BYTE_ARRAY', 'UTF8'],
      ['score', 'FLOAT', undefined],
      ['rank', 'INT32', undefined],
    ]);
    const rows = await rowsOf(['classify', 'good', 'bad', '--top-k', 'all']);
    expect(await parquetReadObjects({ file: buffer })).toEqual(rows);
  });

  it('writes nothing for nothing, in every format', async () => {
    const run = async (flag: string) => (await hashformer(['classify', flag], { input: '' })).stdout;
    expect(await run('--json')).toBe('[]\n');
    expect(await run('--jsonl')).toBe('');
    expect(await run('--csv')).toBe('text,label,score\n');
    const { bytes } = await hashformer(['classify', '--parquet'], { input: '' });
    expect(await parquetReadObjects({ file: new Uint8Array(bytes).buffer })).toEqual([]);
  });
});

describe('input', () => {
  it('reads .txt with any line ends, a mark at the start, and no newline at the end', async () => {
    const path = await file('lines.txt', '\ufeffone\r\ntwo\n\n four \nlast');
    expect(texts(await rowsOf(['hash', path]))).toEqual(['one', 'two', '', ' four ', 'last']);
  });

  it('cuts no character and no line where it reads in pieces', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `${i} ünï字😀 ${'y'.repeat(i % 97)}`);
    const path = await file('long.txt', lines.join('\n'));
    expect(texts(await rowsOf(['hash', path]))).toEqual(lines);
    expect(texts(await rowsOf(['hash'], { input: lines.join('\r\n') }))).toEqual(lines);
  });

  it('reads .jsonl objects and strings, blank lines left out', async () => {
    const path = await file('mixed.ndjson', '{"text":"a","label":1}\n\n"b"\r\n{"text":"c"}');
    expect(texts(await rowsOf(['hash', path]))).toEqual(['a', 'b', 'c']);
  });

  it('reads CSV as spreadsheets write it', async () => {
    const content = '\ufefflabel;text\r\n1;"a; ""b"""\r\n0;"two\r\nlines"\r\n\r\n1;5" wide\r\n';
    const path = await file('sheet.csv', content);
    const expected = ['a; "b"', 'two\r\nlines', '5" wide'];
    expect(texts(await rowsOf(['hash', path, '--delimiter', ';']))).toEqual(expected);
    const tabs = await file('sheet.tsv', 'text\tlabel\na, b\t1\n');
    expect(texts(await rowsOf(['hash', tabs]))).toEqual(['a, b']);
    const glue = await file('glue.tsv', 'sentence\tlabel\n"open\t1\n"a" b\t0\n');
    expect(texts(await rowsOf(['hash', glue, '--no-quotes']))).toEqual(['"open', '"a" b']);
    const bare = await file('bare.csv', 'one,1\ntwo,2\n');
    expect(texts(await rowsOf(['hash', bare, '--no-header']))).toEqual(['one', 'two']);
    expect(texts(await rowsOf(['hash', bare, '--no-header', '--text-column', '2']))).toEqual(['1', '2']);
  });

  it('reads Parquet in row groups, with any compression', async () => {
    const snappy = await file('in.parquet', parquetFile(TEXTS));
    expect(texts(await rowsOf(['hash', snappy]))).toEqual(TEXTS);
    const gzip = await file('gzip.parquet', parquetFile(TEXTS, 'GZIP'));
    expect(texts(await rowsOf(['hash', gzip]))).toEqual(TEXTS);
  });

  it('reads files of any ending, and stdin, as --input-format says', async () => {
    const log = await file('words.log', '"a"\n"b"\n');
    expect(texts(await rowsOf(['hash', '--file', log, '--input-format', 'jsonl']))).toEqual(['a', 'b']);
    expect(texts(await rowsOf(['hash', log, '--input-format', 'txt']))).toEqual(['"a"', '"b"']);
    const csv = { input: 'x,text\n1,a\n' };
    expect(texts(await rowsOf(['hash', '--input-format', 'csv'], csv))).toEqual(['a']);
  });
});

describe('columns', () => {
  const csv = (content: string) =>
    hashformer(['hash', '--input-format', 'csv', '--jsonl'], { input: content });

  it('takes text, else sentence, else the only one that holds text', async () => {
    expect(texts(linesOf((await csv('a,sentence,text\nx,y,z\n')).stdout))).toEqual(['z']);
    expect(texts(linesOf((await csv('a,sentence\nx,y\n')).stdout))).toEqual(['y']);
    expect(texts(linesOf((await csv('id,review,stars\n1,nice,5\n')).stdout))).toEqual(['nice']);
    expect(texts(linesOf((await csv('number\n5\n6\n')).stdout))).toEqual(['5', '6']);
  });

  it('asks which one is meant', async () => {
    const { code, stdout, stderr } = await csv('title,body\na,b\n');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(
      'Standard input has no column "text" or "sentence", and more than one that looks like text',
    );
    expect(stderr).toContain('Its columns are "title", "body".');
  });

  it('says which columns there are', async () => {
    const jsonl = await file('columns.jsonl', '{"text":"a","n":1}\n');
    const parquet = await file('columns.parquet', parquetFile(['a']));
    for (const path of [jsonl, parquet]) {
      const { code, stderr } = await hashformer(['hash', path, '--text-column', 'nope']);
      expect(code).toBe(2);
      expect(stderr).toMatch(/has no column "nope"; its columns are "(id", "text|text", "n)"\./);
    }
  });
});

describe('damaged input', () => {
  const cases: [string, string | Uint8Array, RegExp][] = [
    ['latin.txt', Buffer.from('ok\ncaf\xe9\n', 'latin1'), /"latin\.txt", line 2: expected UTF-8/],
    ['wide.csv', Buffer.from('\ufefftext\na\n', 'utf16le'), /line 1: expected UTF-8, got UTF-16/],
    ['broken.jsonl', '{"text":"a"}\n{"text":\n', /"broken\.jsonl", line 2: expected JSON/],
    ['array.jsonl', '[\n{"text":"a"}\n]\n', /line 1: expected JSON.*not an array/],
    [
      'missing.jsonl',
      '{"text":"a"}\n{"other":"b"}\n',
      /line 2: expected a string in the column "text", got nothing/,
    ],
    ['number.jsonl', '{"text":5}\n', /line 1: expected a string in the column "text", got 5/],
    ['uneven.csv', 'text,label\na,1\nb\n', /is not valid CSV: .*line 3/],
    ['quotes.tsv', 'text\tlabel\n"a\t1\nb"\t0\n', /line 3: here ends a field in quotes .*--no-quotes/],
    ['open.csv', 'text,label\n"a,1\n', /Quote Not Closed: .*add --no-quotes/],
    ['not.parquet', 'PAR2 nothing', /"not\.parquet" could not be read as Parquet/],
  ];
  it.each(cases)('%s', async (name, content, sentence) => {
    await file(name, content);
    const { code, stderr } = await hashformer(['hash', name], { cwd: at() });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^hashformer: error \(source\): /);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('names the row of a Parquet file without text', async () => {
    const columnData = [{ name: 'text', data: ['a', null, 'c'], type: 'STRING' as const }];
    const path = await file('null.parquet', new Uint8Array(parquetWriteBuffer({ columnData })));
    const { code, stderr } = await hashformer(['hash', path]);
    expect(code).toBe(1);
    expect(stderr).toContain('row 2: expected a string in the column "text", got nothing');
  });
});
