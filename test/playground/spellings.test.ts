import { describe, expect, it } from 'vitest';
import { misspellings } from '../../playground/worker/misspellings.ts';
import { hammingDistance, spellings } from '../../playground/worker/spellings.ts';
import { hashToken } from '../../src/index.ts';

function mean(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count, distance) => sum + count * distance, 0) / total;
}

function bits(hex: string): string {
  return BigInt(`0x${hex}`).toString(2).padStart(128, '0');
}

describe('misspellings', () => {
  it('are one edit away', () => {
    expect(misspellings('cat')).toEqual([
      'at',
      'ct',
      'ca',
      'ccat',
      'caat',
      'catt',
      'act',
      'cta',
      'vat',
      'cst',
      'cay',
    ]);
    expect(misspellings('a')).toEqual(['aa', 's']);
    expect(misspellings('')).toEqual([]);
  });

  it('keep characters whole and are not too many', () => {
    for (const word of misspellings('naïve👩‍🚀')) expect(encodeURIComponent(word)).not.toBe('');
    expect(misspellings('x'.repeat(5000)).length).toBeLessThan(40);
    expect(new Set(misspellings('gorgeous'))).not.toContain('gorgeous');
  });
});

describe('nearest spellings', () => {
  it('are sorted by the bits that differ', async () => {
    const { code, words, bucket } = await spellings('movie', ['movie', 'movies', 'film'], 'simhash');
    const own = await hashToken('movie', { hash: 'simhash' });
    expect([Buffer.from(code).toString('hex'), bucket]).toEqual([own.bits, own.bucket]);
    expect(words).toContainEqual(expect.objectContaining({ word: 'movies', from: 'text' }));
    expect(words.map(({ word }) => word)).not.toContain('movie');
    for (const { word, distance, code: other } of words) {
      const [a, b] = [own.bits, (await hashToken(word, { hash: 'simhash' })).bits].map(bits) as [
        string,
        string,
      ];
      expect(distance).toBe([...a].filter((bit, i) => bit !== b[i]).length);
      expect(distance).toBe(hammingDistance(code, other));
    }
    expect(words.map(({ distance }) => distance)).toEqual(
      words.map(({ distance }) => distance).sort((a, b) => a - b),
    );
  });

  it.each(['movie', 'gorgeous', 'seductive'])(
    'of %s: SimHash puts misspellings nearer than words, MD5 does not',
    async (token) => {
      const { distances, listed } = await spellings(token, [], 'md5');
      const counted = distances.simhash.list.reduce((sum, count) => sum + count, 0);
      expect([listed, listed - 1]).toContain(counted);
      const gap = (hash: 'simhash' | 'md5') =>
        mean(distances[hash].list) - mean(distances[hash].misspellings);
      expect(gap('simhash')).toBeGreaterThan(12);
      expect(Math.abs(gap('md5'))).toBeLessThan(5);
    },
  );
});
