import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { HashformerError } from '../../src/errors.ts';
import { type Bpe, LONGEST_TOKEN, loadBpe, type WeightedPiece } from '../../src/tokenizer/bpe.ts';
import { NumpyRandom } from './numpy-random.ts';

interface Golden {
  token: string;
  bpe: string[];
  lsh: string;
  lsh_bucket: number;
}

const read = (path: string) =>
  JSON.parse(readFileSync(new URL(`../golden/${path}`, import.meta.url), 'utf8'));
const golden: Golden[] = read('hashing.json');

/** A tokenizer.json of the 256 byte symbols (ids 0 to 255) and these merges. */
function small(
  merges: [string, string][] = [],
): Record<string, unknown> & { model: Record<string, unknown> } {
  let next = 256;
  const symbols = Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode((byte > 32 && byte < 127) || (byte > 160 && byte !== 173) ? byte : next++),
  );
  const vocab = Object.fromEntries(
    [...symbols, ...merges.map((pair) => pair.join(''))].map((s, i) => [s, i]),
  );
  return {
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
    model: { type: 'BPE', vocab, merges: merges.map((pair) => pair.join(' ')) },
  };
}

const refusal = async (json: unknown): Promise<string> => {
  const error = await loadBpe(json).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(HashformerError);
  expect((error as HashformerError).code).toBe('tokenizer');
  return (error as HashformerError).message;
};

describe("the reference's LSH", () => {
  let roberta: Bpe;
  const bucketNumbers = new NumpyRandom(42).normals(50260);
  const rows = new Map<number, Float64Array>();
  const row = (id: number) => {
    const known = rows.get(id) ?? new NumpyRandom(id).normals(128);
    rows.set(id, known);
    return known;
  };

  function code(pieces: WeightedPiece[]): string {
    const bits = Array.from({ length: 128 }, (_, i) =>
      pieces.reduce((sum, { id, weight }) => sum + weight * row(id)[i]!, 0) > 0 ? '1' : '0',
    );
    return BigInt(`0b${bits.join('')}`)
      .toString(16)
      .padStart(32, '0');
  }

  function bucket(pieces: WeightedPiece[]): number {
    const size = bucketNumbers.length;
    let best = 0;
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < size; i++) {
      let score = 0;
      for (const { id, weight } of pieces) score += weight * bucketNumbers[(id + i) % size]!;
      if (i >= size / 2) score = -score;
      if (score > largest) [largest, best] = [score, i];
    }
    return best + 5;
  }

  beforeAll(async () => {
    roberta = await loadBpe(read('roberta-bpe/tokenizer.json'));
  });

  it('comes out of the pieces: all 147 codes and buckets', () => {
    expect(golden).toHaveLength(147);
    for (const { token, bpe, lsh, lsh_bucket } of golden) {
      const pieces = roberta.pieces(token);
      expect([token, roberta.bpe(token), code(pieces)]).toEqual([token, bpe, lsh]);
      expect([token, bucket(pieces)]).toEqual([token, lsh_bucket]);
    }
  });

  it('takes at most the first characters of a long token', () => {
    const long = 'antidisestablishmentarianism'.repeat(10);
    expect(roberta.pieces(long)).toEqual(roberta.pieces(long.slice(0, LONGEST_TOKEN)));
    expect(roberta.pieces('🙂'.repeat(100_000))).toEqual(roberta.pieces('🙂'.repeat(LONGEST_TOKEN)));
  });

  it('has pieces for every string', () => {
    for (const token of ['\ud83d', ' ', '\0', '\u0301', '<mask>', '</s>', '\ufeff', 'a b', '__proto__', '️']) {
      const pieces = roberta.pieces(token);
      expect(pieces.length).toBeGreaterThan(0);
      for (const { id, weight } of pieces) {
        expect(Number.isSafeInteger(id)).toBe(true);
        expect(weight).toBeGreaterThan(0);
      }
    }
    expect(roberta.pieces('')).toEqual([]);
    expect(roberta.bpe('')).toEqual([]);
  });
});

describe('pieces', () => {
  const id = (symbol: string) => (small([['a', 'b']]).model.vocab as Record<string, number>)[symbol]!;

  it('are counted over the word with a hyphen at each inner place', async () => {
    const { pieces, bpe } = await loadBpe(small([['a', 'b']]));
    expect(bpe('abc')).toEqual(['ab', 'c']);
    // abc-a-bc-ab-c
    expect(pieces('abc')).toEqual([
      { id: id('ab'), weight: 2 / 2 },
      { id: id('c'), weight: 3 / 3 },
      { id: id('a'), weight: 1 / 3 },
      { id: id('b'), weight: 1 / 3 },
    ]);
    expect(pieces('a')).toEqual([{ id: id('a'), weight: 1 }]);
  });

  it('leave the hyphen out when there are others', async () => {
    const { pieces } = await loadBpe(small());
    expect(pieces('-')).toEqual([{ id: id('-'), weight: 1 }]);
    // -- and ---
    expect(pieces('--')).toEqual([{ id: id('-'), weight: 6 / 2 }]);
    expect(pieces('-a')).toEqual([{ id: id('a'), weight: 2 / 2 }]);
  });

  it('count characters, not UTF-16 units, and bytes of pieces', async () => {
    const { pieces } = await loadBpe(small([['Ã', '©']]));
    // é is one character and a piece of two byte symbols.
    expect(pieces('é')).toEqual([{ id: 256, weight: 1 / Math.max(1 + 1 - 2, 1) }]);
    expect(pieces('🙂').map(({ weight }) => weight)).toEqual([1, 1, 1, 1]);
  });

  it('take merges as strings and as pairs', async () => {
    const pairs = small([['a', 'b']]);
    pairs.model.merges = [['a', 'b']];
    expect((await loadBpe(pairs)).bpe('ab')).toEqual(['ab']);
  });
});

describe('loadBpe', () => {
  afterEach(() => {
    vi.doUnmock('@huggingface/tokenizers');
    vi.resetModules();
  });

  it('says how to install the missing package', async () => {
    vi.doMock('@huggingface/tokenizers', () => {
      throw new Error('Cannot find package');
    });
    await expect(loadBpe(small())).rejects.toMatchObject({
      code: 'dependency',
      message: expect.stringContaining('npm install @huggingface/tokenizers'),
    });
  });

  it.each([
    ['null', null, 'the file must be an object, got null'],
    ['a string', '{}', 'the file must be an object'],
    ['an array', [], 'the file must be an object'],
    ['nothing in it', {}, '"model" must be an object, got undefined'],
    ['no pre-tokenizer', { ...small(), pre_tokenizer: null }, '"pre_tokenizer" must be an object'],
    [
      'another pre-tokenizer',
      { ...small(), pre_tokenizer: { type: 'Whitespace' } },
      'must be of type "ByteLevel"',
    ],
    [
      'a space in front',
      { ...small(), pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } },
      'without "add_prefix_space"',
    ],
    ['a normalizer', { ...small(), normalizer: { type: 'Lowercase' } }, '"normalizer" must be null'],
  ])('refuses a tokenizer.json with %s', async (_, json, message) => {
    expect(await refusal(json)).toContain(message);
  });

  it.each([
    ['of another type', { type: 'WordPiece' }, '"model.type" must be "BPE", got "WordPiece"'],
    ['without a vocabulary', { vocab: undefined }, '"model.vocab" must be an object'],
    ['with a vocabulary that is an array', { vocab: ['a'] }, '"model.vocab" must be an object, got an array'],
    ['without bytes', { vocab: { a: 0 } }, 'lacks the byte symbol'],
    ['with ids that are strings', { vocab: { a: '0' } }, 'the id of "a" must be an integer'],
    ['with ids below 0', { vocab: { a: -1 } }, 'got -1'],
    ['with ids beyond 32 bits', { vocab: { a: 2 ** 32 } }, 'got 4294967296'],
    ['without merges', { merges: undefined }, '"model.merges" must be an array'],
    ['with a merge of one piece', { merges: ['a'] }, '"model.merges[0]" must be two pieces, got "a"'],
    ['with a merge of three pieces', { merges: ['a b c'] }, 'must be two pieces'],
    ['with a merge that is a number', { merges: [1] }, 'must be two pieces, got 1'],
    ['with a merge of numbers', { merges: [[1, 2]] }, 'must be two pieces, got an array of 2'],
    ['with an unknown piece in a merge', { merges: ['a xy'] }, '"model.merges[0]" needs "xy"'],
    ['with merges that lead nowhere', { merges: ['a b', 'ab a'] }, 'needs "ab"'],
    ['with a suffix', { end_of_word_suffix: '</w>' }, '"model.end_of_word_suffix" must be unset'],
    ['with byte fallback', { byte_fallback: true }, '"model.byte_fallback" must be unset'],
  ])('refuses a model %s', async (_, change, message) => {
    const json = small();
    expect(await refusal({ ...json, model: { ...json.model, ...change } })).toContain(message);
  });

  it('takes a piece named __proto__ for a piece', async () => {
    const json = small([['a', 'b']]);
    const vocab = JSON.stringify(json.model.vocab).replace('{', '{"__proto__":300,');
    json.model.vocab = JSON.parse(vocab);
    json.model.merges = ['a b'];
    expect((await loadBpe(json)).bpe('ab')).toEqual(['ab']);
  });
});
