import { describe, expect, it } from 'vitest';
import {
  batchesFrom,
  epochBatches,
  epochOrder,
  microBatches,
  splitOverWorkers,
} from '../../src/train/data/batching.ts';
import { Random } from '../../src/train/numeric/random.ts';
import { failure } from '../helpers.ts';

/** Lengths as of texts: many short ones, few long ones. */
function someLengths(count: number, seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => 2 + Math.floor(60 * random.uniform() ** 3));
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, x) => total + x, 0);
const ascending = (list: readonly number[]) => [...list].sort((a, b) => a - b);
const everyIndex = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('the order of an epoch', () => {
  it('has every example once, and differs by seed and epoch', () => {
    expect(ascending([...epochOrder(1000, 1, 0)])).toEqual(everyIndex(1000));
    expect(epochOrder(1000, 1, 0)).toEqual(epochOrder(1000, 1, 0));
    expect(epochOrder(1000, 1, 0)).not.toEqual(epochOrder(1000, 1, 1));
    expect(epochOrder(1000, 1, 0)).not.toEqual(epochOrder(1000, 2, 0));
  });
});

describe('batches', () => {
  const limits = [
    { sequences: 1 },
    { sequences: 7 },
    { tokens: 100 },
    { sequences: 5, tokens: 40 },
    { tokens: 1 },
    {},
  ];

  it.each(limits)('%o: every example once an epoch, within the limits', (limit) => {
    for (const count of [1, 2, 49, 50, 51, 1234]) {
      const lengths = someLengths(count, count);
      for (const epoch of [0, 1]) {
        const batches = epochBatches(lengths, { seed: 3, ...limit }, epoch);
        expect(ascending(batches.flat())).toEqual(everyIndex(count));
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(limit.sequences ?? count);
          const tokens = sum(batch.map((i) => lengths[i]!));
          expect(batch.length === 1 || tokens <= (limit.tokens ?? Number.POSITIVE_INFINITY)).toBe(true);
        }
      }
    }
  });

  it('has one smaller batch at most when batches are so many sequences', () => {
    const sizes = epochBatches(someLengths(10_003, 1), { seed: 1, sequences: 16 }, 0).map(
      ({ length }) => length,
    );
    expect(sizes.length).toBe(Math.ceil(10_003 / 16));
    expect(sizes.filter((size) => size !== 16)).toEqual([10_003 % 16]);
  });

  it('puts sequences of about one length together, and lengths in no order', () => {
    const lengths = someLengths(10_000, 5);
    const batches = epochBatches(lengths, { seed: 1, sequences: 20 }, 0);
    const spreads = batches.map((batch) => {
      const own = batch.map((i) => lengths[i]!);
      return Math.max(...own) - Math.min(...own);
    });
    // Of 20 at random, the longest has some 50 tokens more than the shortest.
    expect(sum(spreads) / spreads.length).toBeLessThan(5);
    const means = batches.map((batch) => sum(batch.map((i) => lengths[i]!)) / batch.length);
    const rises = means.slice(1).filter((mean, i) => mean > means[i]!).length;
    expect(Math.abs(rises / means.length - 0.5)).toBeLessThan(0.1);
  });

  it('resumes at any position as if it had not stopped, over epochs', () => {
    const lengths = someLengths(77, 9);
    const options = { seed: 4, sequences: 8, tokens: 120 };
    const stream = batchesFrom(lengths, options);
    const unbroken = Array.from({ length: 45 }, () => stream.next().value);
    expect(unbroken.at(-1)!.epoch).toBeGreaterThan(1);
    for (const [i, { next }] of unbroken.slice(0, -1).entries()) {
      const resumed = batchesFrom(lengths, options, JSON.parse(JSON.stringify(next)));
      expect(Array.from({ length: 44 - i }, () => resumed.next().value)).toEqual(unbroken.slice(i + 1));
    }
    for (const epoch of [0, 1]) {
      const own = unbroken.filter((each) => each.epoch === epoch).flatMap(({ batch }) => batch);
      expect(ascending(own)).toEqual(everyIndex(77));
    }
  });

  it('says that there is nothing, instead of waiting for it for ever', async () => {
    const { message } = await failure(() => batchesFrom([], { seed: 1 }).next(), 'argument');
    expect(message).toContain('no examples');
  });
});

describe('the split over workers', () => {
  it('gives every sequence to one worker, balanced, in the order of the batch', () => {
    const random = new Random(21);
    for (let round = 0; round < 200; round++) {
      const lengths = someLengths(100, round);
      const batch = [...random.permutation(100)].slice(0, random.integer(33));
      for (const workers of [1, 2, 3, 8]) {
        const shares = splitOverWorkers(batch, lengths, workers);
        expect(shares.length).toBe(workers);
        expect(ascending(shares.flat())).toEqual(ascending(batch));
        for (const share of shares) expect(share).toEqual(batch.filter((i) => share.includes(i)));
        const tokens = shares.map((share) => sum(share.map((i) => lengths[i]!)));
        const longest = Math.max(0, ...batch.map((i) => lengths[i]!));
        expect(Math.max(...tokens) - Math.min(...tokens)).toBeLessThanOrEqual(longest);
        expect(splitOverWorkers(batch, lengths, workers)).toEqual(shares);
      }
    }
  });

  it('gives a worker that is left over an empty list', () => {
    expect(splitOverWorkers([2, 0], [5, 1, 9], 4)).toEqual([[2], [0], [], []]);
    expect(splitOverWorkers([], [], 2)).toEqual([[], []]);
  });
});

describe('micro-batches', () => {
  it('keep the order and stay within the limit, but for a sequence that is longer', () => {
    const lengths = [10, 20, 70, 5, 5, 200, 1];
    expect(microBatches([0, 1, 2, 3, 4, 5, 6], lengths, 100)).toEqual([[0, 1, 2], [3, 4], [5], [6]]);
    expect(microBatches([5], lengths, 1)).toEqual([[5]]);
    expect(microBatches([], lengths, 100)).toEqual([]);
  });
});
