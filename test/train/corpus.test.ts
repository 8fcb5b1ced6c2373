import { execFileSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Corpus } from '../../src/train/corpus/corpus.ts';
import { corpusFiles } from '../../src/train/corpus/corpus-files.ts';
import { pack } from '../../src/train/corpus/packing.ts';
import { type Paragraph, readInOrder } from '../../src/train/corpus/passages.ts';
import { epochOrder } from '../../src/train/data/batching.ts';
import { Random } from '../../src/train/numeric/random.ts';
import { emptyFolder, failure } from '../helpers.ts';
import { itUnless, needsMount, needsPosix } from '../needs.ts';

/** `printf 'The first line.\n\nDie zweite Zeile: größer.\n' | xz` */
const XZ = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAsVGhlIGZpcnN0IGxpbmUuCgpEaWUgendlaXRlIFplaWxlOiBncsO2w59lci4KAAAAAN/Pt97raBmnAAFFLR5SV+gftvN9AQAAAAAEWVo=',
  'base64',
);
const XZ_LINES = ['The first line.', 'Die zweite Zeile: größer.'];

const signal = new AbortController().signal;

async function open(...operands: string[]): Promise<Corpus> {
  const corpus = await Corpus.open(operands, { folder: await emptyFolder(), signal });
  onTestFinished(() => corpus.close());
  return corpus;
}

/** Writes files into a folder; gives back the path of each. */
async function files(contents: Record<string, string | Uint8Array>) {
  const folder = await emptyFolder();
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return (name = '') => join(folder, name);
}

async function all(corpus: Corpus, order?: ArrayLike<number>, from?: Paragraph['place']) {
  const paragraphs: Paragraph[] = [];
  const inOrder = order ?? Array.from({ length: corpus.passages }, (_, i) => i);
  for await (const paragraph of readInOrder(corpus, inOrder, from)) paragraphs.push(paragraph);
  return paragraphs;
}

const texts = (paragraphs: readonly Paragraph[]) => paragraphs.map(({ text }) => text);

/** Lines of many lengths, of one to four bytes a character, all different. */
function someLines(count: number, seed: number): string[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const words = Array.from(
      { length: random.integer(60) },
      () => ['word', 'größer', '我喜欢', '👩'][random.integer(4)]!,
    );
    return `${i} ${words.join(' ')}`;
  });
}

describe('a corpus', () => {
  it('reads plain, gzip and xz alike, whatever their names, without blank lines, marks and line ends', async () => {
    const text = '\ufeffThe first line.\r\n\r\n  \nDie zweite Zeile: größer.';
    const members = Buffer.concat([gzipSync('The first line.\n'), gzipSync('Die zweite Zeile: größer.\n')]);
    const at = await files({ 'a.txt': text, 'b.txt.gz': gzipSync(text), 'c.txt.xz': XZ, d: XZ, e: members });
    const digests = new Set<string>();
    for (const name of ['a.txt', 'b.txt.gz', 'c.txt.xz', 'd', 'e']) {
      const corpus = await open(at(name));
      expect(texts(await all(corpus))).toEqual(XZ_LINES);
      expect(corpus.paragraphs).toBe(2);
      expect(corpus.bytes).toBe(Buffer.byteLength(`${XZ_LINES.join('\n')}\n`));
      digests.add(corpus.digest);
    }
    expect(digests.size).toBe(1);
  });

  it('finds files, folders and patterns, each file once', async () => {
    const at = await files({
      'b.txt': 'b',
      'a.txt.gz': gzipSync('a'),
      'deep/c.TXT.xz': XZ,
      'notes.md': 'no',
    });
    const every = ['a.txt.gz', 'b.txt', join('deep', 'c.TXT.xz')].map(at);
    expect(await corpusFiles([at()])).toEqual(every);
    expect(await corpusFiles([at('b.txt'), at(), at('b.txt')])).toEqual([every[1], every[0], every[2]]);
    expect(await corpusFiles([at('*.{txt,txt.gz}')])).toEqual(every.slice(0, 2));
    expect(await corpusFiles([at('**/*.TXT.*')])).toEqual(every.slice(2));
    expect(await corpusFiles([at('notes.md')])).toEqual([at('notes.md')]);
    expect(texts(await all(await open(at())))).toEqual(['a', 'b', ...XZ_LINES]);
  });

  it('has every paragraph once an epoch, neighbours together, and no passage over two files', async () => {
    const [one, two] = [someLines(900, 1), someLines(300, 2).map((line) => `second ${line}`)];
    const at = await files({ 'one.txt': one.join('\n'), 'two.txt.gz': gzipSync(two.join('\n')) });
    const corpus = await open(at('one.txt'), at('two.txt.gz'));
    expect(texts(await all(corpus))).toEqual([...one, ...two]);
    expect(corpus.passages).toBeGreaterThan(20);
    for (let i = 0; i < corpus.passages; i++) {
      const own = await corpus.read(i);
      expect(new Set(own.map((text) => text.startsWith('second '))).size).toBe(1);
    }
    const [first, second] = [0, 1].map((epoch) => epochOrder(corpus.passages, 7, epoch));
    const shuffled = texts(await all(corpus, first));
    expect([...shuffled].sort()).toEqual([...one, ...two].sort());
    expect(shuffled).not.toEqual(texts(await all(corpus, second)));
    const follow = shuffled
      .slice(1)
      .filter((text, i) => [...one, ...two].indexOf(text) === [...one, ...two].indexOf(shuffled[i]!) + 1);
    expect(follow.length).toBeGreaterThan(1200 - 2 * corpus.passages);
  });

  it('packs into the same sequences from wherever a run goes on', async () => {
    const at = await files({ 'a.txt': someLines(400, 3).join('\n') });
    const corpus = await open(at('a.txt'));
    const order = epochOrder(corpus.passages, 1, 5);
    const sequences = async (place = { passage: 0, paragraph: 0 }, token = 0) => {
      async function* tokenized() {
        for await (const { text, place: own } of readInOrder(corpus, order, place))
          yield { tokens: text.split(' '), place: own };
      }
      const found = [];
      for await (const sequence of pack(tokenized(), 50, token)) found.push(sequence);
      return found;
    };
    const whole = await sequences();
    expect(whole.length).toBeGreaterThan(200);
    for (let i = 0; i < whole.length - 1; i += 17) {
      const { place, token } = JSON.parse(JSON.stringify(whole[i]!.next));
      expect(await sequences(place, token)).toEqual(whole.slice(i + 1));
    }
  });

  itUnless(needsPosix, 'keeps its copy where nothing is left of it, even if it is killed', async () => {
    const at = await files({ 'a.txt': 'text' });
    const folder = await emptyFolder();
    const corpus = await Corpus.open([at('a.txt')], { folder, signal });
    expect(await readdir(folder)).toEqual([]);
    expect(await corpus.read(0)).toEqual(['text']);
    await corpus.close();
  });

  it('counts the bytes that it has read, of compressed files as they are on the disk', async () => {
    const at = await files({ 'a.txt.xz': XZ, 'b.txt': 'text' });
    const meter = { total: null, done: 0 };
    await (await Corpus.open([at()], { folder: await emptyFolder(), signal, meter })).close();
    expect(meter.done).toBe(XZ.length + 4);
  });
});

describe('what is no corpus', () => {
  const gzip = gzipSync(someLines(2000, 4).join('\n'));
  const flipped = (bytes: Uint8Array, at: number) => {
    const copy = Buffer.from(bytes);
    copy[at]! ^= 0x55;
    return copy;
  };
  const cases: [string, string | Uint8Array, RegExp][] = [
    ['cut.txt.gz', gzip.subarray(0, gzip.length / 2), /"[^"]*cut.txt.gz" .*gzip file is truncated/],
    ['bad.txt.gz', flipped(gzip, gzip.length / 2), /gzip file is damaged/],
    ['bad-end.txt.gz', flipped(gzip, gzip.length - 6), /gzip file is damaged/],
    ['cut.txt.xz', XZ.subarray(0, XZ.length - 20), /"[^"]*cut.txt.xz" .*xz file is truncated/],
    ['start.txt.xz', XZ.subarray(0, 6), /xz file is truncated/],
    ['bad.txt.xz', flipped(XZ, 40), /xz file is damaged/],
    [
      'latin.txt',
      Buffer.from('fine\nf\xfcr\nfine', 'latin1'),
      /"[^"]*latin.txt", line 2: expected UTF-8, .*iconv/,
    ],
    [
      'latin.txt.gz',
      gzipSync(Buffer.from('fine\n\nf\xfcr', 'latin1')),
      /latin.txt.gz", line 3: expected UTF-8/,
    ],
    ['wide.txt', Buffer.from('\ufeffwide', 'utf16le'), /UTF-16/],
    [
      'image.txt',
      Buffer.from('89504e470d0a1a0a0000000d494844520a', 'hex'),
      /expected text, got a binary file/,
    ],
    ['zero.txt', 'one\ntwo\0\nthree', /zero.txt", line 2: expected text, got a binary file/],
    ['empty.txt', '', /there is no text to train on/],
    ['blank.txt', '\n \r\n\t\n', /there is no text to train on/],
    ['empty.txt.gz', gzipSync(''), /there is no text to train on/],
  ];

  it.each(cases)('%s is an error, and no copy stays', async (name, content, sentence) => {
    const at = await files({ [name]: content });
    const folder = await emptyFolder();
    const { message } = await failure(() => Corpus.open([at(name)], { folder, signal }), 'source');
    expect(message).toMatch(sentence);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is what is not there', async () => {
    const at = await files({ 'notes.md': 'no' });
    for (const [operand, sentence] of [
      [at('gone.txt'), /no file or folder/],
      [at('*.txt'), /no file that fits/],
      [at(), /no file that ends in .txt/],
    ] as const) {
      const { message } = await failure(() => open(operand), 'source');
      expect(message).toMatch(sentence);
    }
  });

  it('is one that cannot be copied', async () => {
    const at = await files({ 'a.txt': 'text' });
    const options = { folder: at('a.txt'), signal };
    const { message } = await failure(() => Corpus.open([at('a.txt')], options), 'source');
    expect(message).toMatch(/could not be copied into .*uncompressed size/);
  });

  itUnless(needsMount(), 'is one that fills the disk', async () => {
    const at = await files({ 'a.txt': someLines(20_000, 6).join('\n'), 'disk/none': '' });
    const contents = `
      import { Corpus } from './src/train/corpus/corpus.ts';
      const [file, folder] = process.argv.slice(2);
      await Corpus.open([file], { folder, signal: new AbortController().signal }).catch(({ message }) => console.log(message));
    `;
    const resolveDir = fileURLToPath(new URL('../..', import.meta.url));
    await build({
      stdin: { contents, resolveDir, loader: 'ts' },
      outfile: at('program.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['tinyglobby', 'xz-decompress'],
    });
    const disk = at('disk');
    const go = `"${process.execPath}" "${at('program.mjs')}" "${at('a.txt')}" "${disk}"`;
    const script = `mount -t tmpfs -o size=1m none "${disk}" && ${go}`;
    expect(execFileSync('unshare', ['-rm', 'sh', '-c', script], { encoding: 'utf8' })).toMatch(
      /^The corpus could not be copied into .*, which takes its uncompressed size: ENOSPC.*\.\n$/,
    );
  });

  it('stops when it is aborted', async () => {
    const at = await files({ 'a.txt': 'text' });
    const folder = await emptyFolder();
    const aborted = AbortSignal.abort();
    await expect(Corpus.open([at('a.txt')], { folder, signal: aborted })).rejects.toThrow();
    expect(await readdir(folder)).toEqual([]);
  });
});
