import { createHmac } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type HashTokenOptions, hashToken, hashTokens, type TokenHashes } from '../../src/index.ts';
import { emptyFolder, failure, load, Random, roberta, TOKENIZER, tinyModel } from '../helpers.ts';

interface Golden {
  token: string;
  md5: string;
  md5_bucket: number;
  lsh: string;
  lsh_bucket: number;
}

const golden: Golden[] = JSON.parse(
  await readFile(new URL('../golden/hashing.json', import.meta.url), 'utf8'),
);

// Lone surrogates become the replacement character in UTF-8.
const utf8 = (text: string) => new TextEncoder().encode(text);
const md5 = (token: string, key = 'en') => createHmac('md5', utf8(key)).update(utf8(token)).digest('hex');

const bitsOf = ({ codes }: TokenHashes, i: number) =>
  Buffer.from(codes.subarray(i * 16, i * 16 + 16)).toString('hex');

/** Strings that no tokeniser gives, and that a hash must take all the same. */
const ODD = [
  '',
  ' ',
  '\n',
  'a b',
  'two\nlines\r\n',
  '\0',
  '<',
  '>',
  '<>',
  '>\n<',
  '\ud800',
  '\udfff',
  'a\ud800b',
  '\udfff\ud800',
  '😀',
  'é',
  'e\u0301',
  '\ufeff',
  '__proto__',
  'constructor',
  'x'.repeat(55),
  'x'.repeat(56),
  'x'.repeat(64),
  '我'.repeat(1000),
  'y'.repeat(1 << 20),
];

describe('hashToken()', () => {
  it('gives the MD5 of all golden tokens, and their buckets', async () => {
    expect(golden).toHaveLength(147);
    for (const { token, md5, md5_bucket } of golden) {
      expect(await hashToken(token)).toEqual({ bits: md5, bucket: md5_bucket });
    }
  });

  it("gives the reference's LSH of all golden tokens, and their buckets", async () => {
    const options = { hash: 'lsh', tokenizer: roberta() } as const;
    const hashes = await hashTokens(
      golden.map(({ token }) => token),
      options,
    );
    for (const [i, { token, lsh, lsh_bucket }] of golden.entries()) {
      expect({ token, bits: bitsOf(hashes, i), bucket: hashes.buckets[i] }).toEqual({
        token,
        bits: lsh,
        bucket: lsh_bucket,
      });
    }
    expect(await hashToken(golden[0]!.token, options)).toEqual({
      bits: golden[0]!.lsh,
      bucket: golden[0]!.lsh_bucket,
    });
  });

  it.each(['md5', 'simhash', 'lsh'] as const)('takes any string: %s', async (hash) => {
    const options: HashTokenOptions = hash === 'lsh' ? { hash, tokenizer: roberta() } : { hash };
    const together = await hashTokens(ODD, options);
    for (const [i, token] of ODD.entries()) {
      const alone = await hashToken(token, options);
      expect(alone.bits).toMatch(/^[0-9a-f]{32}$/);
      expect(alone).toEqual({ bits: bitsOf(together, i), bucket: together.buckets[i] });
      if (hash === 'md5') expect(alone.bits).toBe(md5(token));
    }
  });

  it.each([1, 2, 3, 7, 10, 1024, 50_260, 65_536, 1_000_003, 2 ** 30, 2 ** 31 - 6])(
    'takes the 128 bits mod %i buckets, plus 5',
    async (buckets) => {
      const tokens = golden.map(({ token }) => token);
      const hashes = await hashTokens(tokens, { buckets });
      for (const [i, token] of tokens.entries()) {
        expect(hashes.buckets[i]).toBe(Number(BigInt(`0x${md5(token)}`) % BigInt(buckets)) + 5);
      }
      const simhash = await hashTokens(tokens, { buckets, hash: 'simhash' });
      for (const i of tokens.keys()) {
        expect(simhash.buckets[i]).toBe(Number(BigInt(`0x${bitsOf(simhash, i)}`) % BigInt(buckets)) + 5);
      }
    },
  );

  it("takes the reference's LSH bucket mod the number of buckets, plus 5", async () => {
    for (const buckets of [1, 1024, 100_000]) {
      const { bucket } = await hashToken('the', { buckets, hash: 'lsh', tokenizer: roberta() });
      expect(bucket).toBe(((45_293 - 5) % buckets) + 5);
    }
  });

  it.each(['', 'en', 'k'.repeat(63), 'k'.repeat(64), 'k'.repeat(65), 'ключ', '\ud800', 'k'.repeat(100_000)])(
    'takes any key: %#',
    async (key) => {
      expect((await hashToken('token', { key })).bits).toBe(md5('token', key));
      expect(await hashToken('token', { key, hash: 'simhash' })).toEqual(
        await hashToken('token', { key, hash: 'simhash' }),
      );
    },
  );

  it('does not lower-case, trim or split', async () => {
    const seen = new Set<string>();
    for (const token of ['word', 'Word', ' word', 'word ', 'wo rd']) seen.add((await hashToken(token)).bits);
    expect(seen.size).toBe(5);
  });

  it('hashes as a model does', async () => {
    const words = 'the film is not bad naïve 我 😀';
    for (const hash of ['md5', 'simhash', 'lsh'] as const) {
      const tokenizer = hash === 'lsh' ? { tokenizer: roberta() } : {};
      const { tokens, ids } = await (await load(tinyModel({ hash, buckets: 61 }))).tokenize(words);
      const { buckets } = await hashTokens(tokens, { hash, buckets: 61, ...tokenizer });
      expect(ids.slice(1, -1)).toEqual([...buckets]);
      const wide = await (await load(tinyModel({ hash, variant: 'pool' }))).tokenize(words);
      for (const [i, token] of tokens.entries()) {
        const { bits } = await hashToken(token, { hash, ...tokenizer });
        expect(wide.ids[i + 1]).toBe((BigInt(`0x${bits}`) + 5n).toString(36).toUpperCase());
      }
    }
  });
});

describe('hashTokens()', () => {
  it('gives 16 bytes and a bucket a token, for none none', async () => {
    expect(await hashTokens([])).toEqual({ codes: new Uint8Array(), buckets: new Uint32Array() });
    const { codes, buckets } = await hashTokens(['a', 'b', 'a']);
    expect([codes.length, buckets.length]).toEqual([48, 3]);
    expect(codes.subarray(0, 16)).toEqual(codes.subarray(32));
    expect(codes.buffer.byteLength).toBe(48);
  });

  it('hashes many at once as one by one, in the order given', async () => {
    const random = new Random(1);
    const tokens = Array.from({ length: 40_000 }, (_, i) => `${random.text(1 + (i % 90))}${i}`);
    const hashes = await hashTokens(tokens);
    for (let i = 0; i < tokens.length; i += 37) expect(bitsOf(hashes, i)).toBe(md5(tokens[i]!));
    const simhashes = await hashTokens(tokens.slice(0, 20_000), { hash: 'simhash' });
    for (const i of [0, 16_383, 16_384, 19_999]) {
      expect(bitsOf(simhashes, i)).toBe((await hashToken(tokens[i]!, { hash: 'simhash' })).bits);
    }
  });

  it('never mixes calls at the same time, whatever their options', async () => {
    const options: HashTokenOptions[] = [
      {},
      { key: 'other' },
      { buckets: 7 },
      { hash: 'simhash' },
      { hash: 'simhash', key: 'other' },
      { hash: 'lsh', tokenizer: roberta() },
    ];
    const words = golden.slice(0, 20).map(({ token }) => token);
    const expected: TokenHashes[] = [];
    for (const option of options) expected.push(await hashTokens(words, option));
    const calls = Array.from({ length: 60 }, (_, i) => hashTokens(words, options[(i * 7) % 6]!));
    for (const [i, result] of (await Promise.all(calls)).entries())
      expect(result).toEqual(expected[(i * 7) % 6]);
  });

  it('takes what it was given, whatever the caller does to it afterwards', async () => {
    const tokens = ['a', 'b'];
    const options = { key: 'a new key, so that an instance is made first' };
    const call = hashTokens(tokens, options);
    options.key = 'other';
    tokens[0] = 5 as unknown as string;
    tokens.length = 1;
    expect(await call).toEqual(
      await hashTokens(['a', 'b'], { key: 'a new key, so that an instance is made first' }),
    );
    await failure(() => hashTokens(new Array(2 ** 32 - 1)), 'argument');
  });
});

describe('the tokenizer of "lsh"', () => {
  it('may be parsed, a path, an address or a folder', async () => {
    const expected = await hashToken('film', { hash: 'lsh', tokenizer: roberta() });
    const path = fileURLToPath(TOKENIZER);
    for (const tokenizer of [
      path,
      TOKENIZER.href,
      TOKENIZER,
      join(path, '..'),
      new URL('.', TOKENIZER).href,
    ]) {
      expect(await hashToken('film', { hash: 'lsh', tokenizer: tokenizer as string })).toEqual(expected);
    }
  });

  it('is read once, however often it hashes', async () => {
    const path = join(await emptyFolder(), 'tokenizer.json');
    await writeFile(path, JSON.stringify(roberta()));
    const options = { hash: 'lsh', tokenizer: path } as const;
    const first = await hashToken('word', options);
    await writeFile(path, 'no longer JSON');
    expect(await hashToken('word', options)).toEqual(first);
    expect(await hashTokens(['word'], { ...options })).toMatchObject({
      buckets: new Uint32Array([first.bucket]),
    });
  });

  it('is asked for again after it failed', async () => {
    const path = join(await emptyFolder(), 'tokenizer.json');
    const options = { hash: 'lsh', tokenizer: pathToFileURL(path).href } as const;
    await failure(() => hashToken('word', options), 'tokenizer');
    await writeFile(path, JSON.stringify(roberta()));
    expect((await hashToken('word', options)).bits).toHaveLength(32);
  });

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['null', null],
    ['a number', 5],
    ['an empty string', ''],
    ['an empty object', {}],
    ['a missing file', 'nowhere/tokenizer.json'],
  ])('is an error where it is %s', async (_, tokenizer) => {
    await failure(() => hashToken('a', { hash: 'lsh', tokenizer: tokenizer as string }), 'tokenizer');
  });

  it('is not looked at by other hashes', async () => {
    expect(await hashToken('the', { tokenizer: 'nowhere' })).toEqual(await hashToken('the'));
  });
});
