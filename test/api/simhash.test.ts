import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashTokens } from '../../src/index.ts';
import { describeTiers, load, Random, tinyModel } from '../helpers.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

interface Settings {
  key?: string;
  range?: [number, number];
  marks?: boolean;
}

/** The SimHash of a token as simhash.ts defines it, slowly. */
function expected(token: string, { key = 'en', range = [2, 4], marks = true }: Settings = {}): string {
  const characters = [...(marks ? `<${token}>` : token)];
  const features = [characters.join('')];
  for (let size = range[0]; size <= range[1] && size < characters.length; size++) {
    for (let i = 0; i + size <= characters.length; i++) features.push(characters.slice(i, i + size).join(''));
  }
  const votes = new Array<number>(128).fill(0);
  for (const feature of features) {
    const digest = createHmac('md5', utf8(key)).update(utf8(feature)).digest();
    for (let i = 0; i < 128; i++) votes[i]! += (digest[i >> 3]! >> (7 - (i & 7))) & 1;
  }
  const bits = votes.map((count) => Number(count * 2 > features.length)).join('');
  return BigInt(`0b${bits}`).toString(16).padStart(32, '0');
}

async function codes(tokens: readonly string[], key?: string): Promise<string[]> {
  const hashes = await hashTokens(tokens, { hash: 'simhash', ...(key === undefined ? {} : { key }) });
  return tokens.map((_, i) => Buffer.from(hashes.codes.subarray(i * 16, i * 16 + 16)).toString('hex'));
}

function hamming(a: string, b: string): number {
  const differing = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  return differing.toString(2).replaceAll('0', '').length;
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

/** Words and their misspellings, inflections or relatives. */
const SIMILAR: [string, string][] = [
  ['believe', 'beleive'],
  ['receive', 'recieve'],
  ['separate', 'seperate'],
  ['definitely', 'definately'],
  ['government', 'goverment'],
  ['accommodate', 'accomodate'],
  ['wonderful', 'wonderfull'],
  ['colour', 'colours'],
  ['playing', 'played'],
  ['running', 'runner'],
  ['nation', 'national'],
  ['transform', 'transformer'],
  ['beautiful', 'beautifully'],
  ['hello', 'helllo'],
  ['größe', 'größer'],
  ['straße', 'straßen'],
  ['любовь', 'любови'],
  ['привет', 'приветик'],
  ['電影院', '電影'],
  ['안녕하세요', '안녕하세'],
  ['नमस्ते', 'नमस्त'],
  ['مرحبا', 'مرحبًا'],
  ['😀😀😀', '😀😀'],
];
const UNRELATED = [
  'quartz',
  'bucket',
  'sphinx',
  'yonder',
  'mildew',
  'fjord',
  'glyph',
  'vexing',
  'waltz',
  'jumbo',
  'картина',
  '漢字文化',
  'שלום',
  'ελλάδα',
];

describe('SimHash', () => {
  it('is what its definition says, for words of every length and script', async () => {
    const words = [...SIMILAR.flat(), ...UNRELATED, '', 'a', '我', '😀', '<', '<>', 'ab', 'x'.repeat(200)];
    expect(await codes(words)).toEqual(words.map((word) => expected(word)));
    expect(await codes(words, 'other')).toEqual(words.map((word) => expected(word, { key: 'other' })));
  });

  it('brings similar spellings nearer than unrelated words', async () => {
    const similar = await codes(SIMILAR.flat());
    const near = SIMILAR.map((_, i) => hamming(similar[2 * i]!, similar[2 * i + 1]!));
    const unrelated = await codes(UNRELATED);
    const far = unrelated.flatMap((a, i) => unrelated.slice(i + 1).map((b) => hamming(a, b)));
    expect(mean(far)).toBeGreaterThan(58);
    expect(mean(near)).toBeLessThan(mean(far) - 20);
    for (const [i, distance] of near.entries())
      expect(distance, SIMILAR[i]!.join(' ')).toBeLessThan(mean(far) - 5);
  });

  it('moves further the more of a word changes', async () => {
    const [word, one, two, three, other] = await codes([
      'transformers',
      'transformerz',
      'trxnsformerz',
      'trxnsfoqmerz',
      'hqxkwvjzgpyb',
    ]);
    const distances = [one, two, three, other].map((code) => hamming(word!, code!));
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
    expect(new Set(distances).size).toBe(4);
  });

  it('tells lone characters of every script apart, and sets about half of the bits', async () => {
    const singles = [
      'a',
      'b',
      'A',
      'é',
      'ß',
      'я',
      'ω',
      'א',
      'ع',
      'क',
      'ก',
      '我',
      'あ',
      '한',
      '😀',
      '🇩',
      '-',
      '0',
      '\u0301',
      '𝒳',
    ];
    const found = await codes(singles);
    expect(new Set(found).size).toBe(singles.length);
    const ones = found.map((code) => hamming(code, '0'));
    // A bit needs more than half of the votes: of an even number of features it is set less often.
    expect(mean(ones)).toBeGreaterThan(30);
    expect(mean(ones)).toBeLessThan(70);
  });

  it('depends on its key', async () => {
    const words = SIMILAR.flat();
    const [a, b] = [await codes(words, 'one'), await codes(words, 'two')];
    const distances = a.map((code, i) => hamming(code, b[i]!));
    expect(Math.min(...distances)).toBeGreaterThan(20);
    expect(mean(distances)).toBeGreaterThan(55);
  });

  it('takes long words and words of one character repeated', async () => {
    const words = ['ab'.repeat(5000), 'a'.repeat(100_000), '我'.repeat(3000), 'e\u0301'.repeat(500)];
    expect(await codes(words.slice(2))).toEqual(words.slice(2).map((word) => expected(word)));
    expect(new Set(await codes(words)).size).toBe(4);
  });
});

describeTiers("SimHash with a model's settings", (tier) => {
  it('sees n-grams of the given lengths, with or without marks', async () => {
    const random = new Random(12);
    const words = [
      ...SIMILAR.flat(),
      ...UNRELATED,
      'a',
      '我',
      ...Array.from({ length: 50 }, () => random.text(12).replace(/\s|[<>]/gu, 'x') || 'x'),
    ];
    for (const range of [
      [1, 1],
      [2, 4],
      [3, 3],
      [1, 6],
      [10, 64],
    ] as [number, number][]) {
      for (const marks of [true, false]) {
        const fields = {
          variant: 'pool',
          hash: 'simhash',
          ngram_range: range,
          boundary_marks: marks,
          hash_key: 'k',
        };
        const model = await load(tinyModel(fields), { tier });
        for (const word of words) {
          const { tokens, ids } = await model.tokenize(word);
          const wanted = tokens.map(
            (token) => BigInt(`0x${expected(token, { key: 'k', range, marks })}`) + 5n,
          );
          expect(ids.slice(1, -1), `${word}, ${range}, ${marks}`).toEqual(
            wanted.map((id) => id.toString(36).toUpperCase()),
          );
        }
      }
    }
  });
});
