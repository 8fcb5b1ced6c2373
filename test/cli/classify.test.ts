import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Classification, pipeline } from '../../src/index.ts';
import { hashformer, ROOT, rowsOf, temporaryFolder } from './run.ts';

const at = await temporaryFolder();
const TEXT = 'a gorgeous, witty, seductive movie';
const library = await pipeline('text-classification');
afterAll(() => library.dispose());

it('answers without a model, as the library does', async () => {
  const { code, stdout, stderr } = await hashformer(['classify', TEXT]);
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toEqual({ text: TEXT, ...(await library(TEXT))[0] });
  expect(JSON.parse(stdout).label).toBe('POSITIVE');
});

it('prints one array of { text, label, score } with --json', async () => {
  const texts = [TEXT, 'a dull mess', ''];
  const { stdout } = await hashformer(['classify', '--json', ...texts]);
  const expected = (await library(texts)) as Classification[];
  expect(JSON.parse(stdout)).toEqual(texts.map((text, i) => ({ text, ...expected[i] })));
});

it('gives a row a label, with its rank, for --top-k', async () => {
  const [first, second] = await library(TEXT, { top_k: null });
  const rows = [
    { text: TEXT, ...first, rank: 1 },
    { text: TEXT, ...second, rank: 2 },
  ];
  expect(await rowsOf(['classify', TEXT, '--top-k', 'all'])).toEqual(rows);
  expect(await rowsOf(['classify', TEXT, '-k', '9'])).toEqual(rows);
  expect(await rowsOf(['classify', TEXT, '-k', '1'])).toEqual([{ text: TEXT, ...first }]);
});

it('does not depend on batches, and little on the backend', async () => {
  const texts = ['one', 'two words', 'and now three', TEXT];
  const rows = await rowsOf(['classify', ...texts]);
  expect(await rowsOf(['classify', ...texts, '--batch-size', '1'])).toEqual(rows);
  const scalar = await rowsOf(['classify', ...texts, '--tier', 'scalar']);
  for (const [i, { score }] of scalar.entries()) expect(score).toBeCloseTo(rows[i]!.score as number, 5);
});

it('reads texts from arguments, files and stdin, in the order named', async () => {
  await writeFile(at('a.txt'), 'from a file\n');
  const rows = await rowsOf(['classify', 'first', at('a.txt'), '-', 'last'], { input: 'from stdin\n' });
  expect(rows.map(({ text }) => text)).toEqual(['first', 'from a file', 'from stdin', 'last']);
  const piped = await rowsOf(['classify'], { input: 'one\n\ntwo' });
  expect(piped.map(({ text }) => text)).toEqual(['one', '', 'two']);
});

it('takes what follows -- as a text, whatever it looks like', async () => {
  await writeFile(at('b.txt'), 'content');
  const rows = await rowsOf(['classify', '--batch-size', '2'], { cwd: at(), input: '' });
  expect(rows).toEqual([]);
  const { stdout } = await hashformer(['classify', 'b.txt', '--', 'b.txt', '--json', '-'], { cwd: at() });
  const texts = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).text);
  expect(texts).toEqual(['content', 'b.txt', '--json', '-']);
});

it('classifies pairs from arguments and columns', async () => {
  const pair: [string, string] = ['a man eats', 'somebody eats'];
  const [answer] = (await library([pair])) as Classification[];
  const row = { text: pair[0], text_pair: pair[1], ...answer };
  expect(await rowsOf(['classify', pair[0], '--pair', pair[1]])).toEqual([row]);
  const options = ['--input-format', 'jsonl', '--text-column', 'a', '--pair-column', 'b'];
  const input = `${JSON.stringify({ a: pair[0], b: pair[1] })}\n`;
  expect(await rowsOf(['classify', ...options], { input })).toEqual([row]);
  const { code, stderr } = await hashformer(['classify', at('a.txt'), '--pair', 'x']);
  expect(code).toBe(2);
  expect(stderr).toContain('--pair goes with texts given as arguments');
});

it('loads a model from a folder, an address, or by its name', async () => {
  const folder = join(ROOT, 'models', 'sentiment');
  const server = createServer(async (request, response) => {
    const bytes = await readFile(join(folder, request.url!.slice(1))).catch(() => null);
    response.writeHead(bytes === null ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const expected = await rowsOf(['classify', TEXT]);
    for (const model of [folder, address, 'sentiment']) {
      expect(await rowsOf(['classify', TEXT, '--model', model])).toEqual(expected);
    }
  } finally {
    server.close();
  }
  const { code, stderr } = await hashformer(['classify', TEXT, '--model', at('nothing')]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^hashformer: error \(source\): .*config\.json/);
});
