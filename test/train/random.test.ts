import { describe, expect, it } from 'vitest';
import { fnv1a, Random, splitMix64 } from '../../src/train/numeric/random.ts';

/** The chi-squared statistic of counts that should be equal. */
function chiSquared(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

const take = <T>(count: number, draw: () => T) => Array.from({ length: count }, draw);

describe('published test vectors', () => {
  it('xoshiro128** 1.1, as in the tests of the crate rand_xoshiro', () => {
    const random = new Random({ seed: '0', words: [1, 2, 3, 4] });
    expect(take(10, () => random.next())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('SplitMix64, as in the tests of the crate rand_xoshiro', () => {
    const numbers = splitMix64(1477776061723855037n);
    expect(take(5, () => numbers.next().value)).toEqual([
      1985237415132408290n,
      2979275885539914483n,
      13511426838097143398n,
      8488337342461049707n,
      15141737807933549159n,
    ]);
  });

  it('FNV-1a of 64 bits, as its authors publish', () => {
    expect(['', 'a', 'foobar'].map((text) => fnv1a(text).toString(16))).toEqual([
      'cbf29ce484222325',
      'af63dc4c8601ec8c',
      '85944171f73967e8',
    ]);
  });
});

describe('the generator', () => {
  it('goes on from its state as if it had not stopped, through JSON too', () => {
    const random = new Random(42);
    take(37, () => random.uniform());
    const copy = new Random(JSON.parse(JSON.stringify(random.state)));
    expect(take(100, () => copy.next())).toEqual(take(100, () => random.next()));
    expect(copy.fork('x').next()).toBe(random.fork('x').next());
  });

  it('differs by seed, of which all 64 bits count', () => {
    const seeds = [0, 1, 2, -1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, 2n ** 63n];
    expect(new Set(seeds.map((seed) => new Random(seed).next())).size).toBe(seeds.length);
  });

  it('forks by label, whatever was drawn before, into streams that have nothing in common', () => {
    const random = new Random(7);
    const before = random.fork('masking').state;
    random.next();
    expect(random.fork('masking').state).toEqual(before);
    const labels = ['masking', 'order', 'dropout', '', 'order of epoch 1', 'order of epoch 2'];
    const draws = [random, ...labels.map((label) => random.fork(label))].flatMap((fork) =>
      take(1000, () => fork.next()),
    );
    expect(new Set(draws).size).toBeGreaterThan(draws.length - 10);
    expect(random.fork('a').fork('b').state).not.toEqual(random.fork('b').fork('a').state);
  });

  it('draws uniform() from two words, 53 bits', () => {
    const [words, uniforms] = [new Random(3), new Random(3)];
    for (let i = 0; i < 100; i++) {
      const [high, low] = [words.next(), words.next()];
      const exact = (BigInt(high >>> 5) << 26n) | BigInt(low >>> 6);
      expect(uniforms.uniform()).toBe(Number(exact) / 2 ** 53);
    }
  });

  it('draws integers without bias, also where the bound does not divide 2^32', () => {
    const random = new Random(11);
    for (const bound of [1, 2, 3, 7, 10, 64]) {
      const counts = new Array<number>(bound).fill(0);
      for (let i = 0; i < 2000 * bound; i++) counts[random.integer(bound)]!++;
      // Mean bound - 1, deviation sqrt(2 (bound - 1)).
      expect(chiSquared(counts)).toBeLessThan(bound + 5 * Math.sqrt(2 * bound));
    }
    // With x mod bound, two thirds of the numbers would be in the lower half.
    const bound = 3 * 2 ** 30;
    const low = take(20_000, () => random.integer(bound)).filter((x) => x < bound / 2).length;
    expect(Math.abs(low - 10_000)).toBeLessThan(350);
    expect(Math.max(...take(1000, () => random.integer(2 ** 32)))).toBeGreaterThan(2 ** 31);
  });

  it('draws true with the probability given', () => {
    const random = new Random(5);
    for (const probability of [0.1, 0.5, 0.85]) {
      const hits = take(20_000, () => random.bernoulli(probability)).filter(Boolean).length;
      expect(Math.abs(hits / 20_000 - probability)).toBeLessThan(0.015);
    }
    expect(take(1000, () => random.bernoulli(0))).not.toContain(true);
    expect(take(1000, () => random.bernoulli(1))).not.toContain(false);
  });

  it('gives every order of a list equally often', () => {
    const random = new Random(13);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = random.permutation(4).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(chiSquared([...counts.values()])).toBeLessThan(23 + 5 * Math.sqrt(46));
    expect(random.shuffle([])).toEqual([]);
    expect(random.shuffle(['x'])).toEqual(['x']);
    expect([...random.permutation(0)]).toEqual([]);
  });
});
