import { describe, expect, it } from 'vitest';
import { IGNORED_LABEL } from '../../assembly/abi.ts';
import { parseConfig } from '../../src/architecture/config.ts';
import type { Variant } from '../../src/architecture/variants.ts';
import { Random } from '../../src/train/numeric/random.ts';
import { type CorruptedBatch, corrupt, MASKED, RANDOM } from '../../src/train/objective/objective.ts';
import { OBJECTIVE_NAMES, OBJECTIVES } from '../../src/train/objective/objectives.ts';
import { randomToken } from '../../src/train/objective/random-token.ts';
import { manipulations } from '../../src/train/objective/shuffled-random.ts';
import { hiddenBits } from '../../src/train/objective/signature.ts';
import { tinyConfig } from '../helpers.ts';

const random = (seed: number) => new Random(seed);
/** What a random token is made of, by the variant. */
const RANDOM_TOKEN = {
  emb: 'bucket',
  pool: 'code',
  add: 'code',
  proj: 'code',
  ngram: 'features',
  vocab: 'id',
} satisfies Record<Variant, string>;

const configOf = (fields: object) => parseConfig(tinyConfig(fields as Record<string, unknown>));

/** Shares of all tokens over many sequences of 1 to 60. */
function shares(name: (typeof OBJECTIVE_NAMES)[number]) {
  const counts = { shuffled: 0, random: 0, masked: 0, unchanged: 0, own: 0 };
  let tokens = 0;
  for (let seed = 0; seed < 4000; seed++) {
    const length = 2 + (seed % 59);
    const places = OBJECTIVES[name].corrupt(length, random(seed));
    expect(places).toHaveLength(length);
    for (const [i, place] of places.entries()) {
      if (place === RANDOM) counts.random++;
      else if (place === MASKED) counts.masked++;
      else if (place === i) counts.unchanged++;
      else {
        expect(place).toBeGreaterThanOrEqual(0);
        expect(place).toBeLessThan(length);
        counts.shuffled++;
      }
    }
    tokens += length;
  }
  return Object.fromEntries(Object.entries(counts).map(([what, count]) => [what, count / tokens]));
}

describe('corruption', () => {
  it('changes the shares of tokens that the objectives name, none twice', () => {
    const near = (share: number) => expect.closeTo(share, 2);
    const none = { shuffled: 0, random: 0, masked: 0 };
    expect(shares('shuffled-random')).toMatchObject({ shuffled: near(0.1), random: near(0.1), masked: 0 });
    expect(shares('signature')).toMatchObject({ ...none, masked: near(0.15), unchanged: near(0.85) });
    expect(shares('both')).toMatchObject({ shuffled: near(0.1), random: near(0.1), masked: near(0.15) });
  });

  it('moves every shuffled token, each from another place, and none of a sequence of one', () => {
    for (let length = 1; length < 30; length++) {
      const places = [...corrupt(length, random(length), { shuffled: 1 })];
      const all = Array.from({ length }, (_, i) => i);
      expect([...places].sort((a, b) => a - b)).toEqual(all);
      expect(places.filter((place, i) => place === i)).toHaveLength(length === 1 ? 1 : 0);
    }
    expect(corrupt(0, random(1), { shuffled: 1, masked: 1 })).toHaveLength(0);
  });

  it.each(OBJECTIVE_NAMES)('%s: is the same for the same seed, and another for another', (name) => {
    const at = (seed: number) => String(OBJECTIVES[name].corrupt(60, random(seed)));
    expect(at(3)).toBe(at(3));
    expect(at(3)).not.toBe(at(4));
  });
});

describe('a random token', () => {
  it.each(['pool', 'add', 'proj'])('of %s has bits of its own rate, all rates alike', (variant) => {
    const config = configOf({ variant });
    const one = random(7);
    const rates: number[] = [];
    for (let i = 0; i < 4000; i++) {
      const { code } = randomToken(config, one) as { code: Uint8Array };
      expect(code).toHaveLength(16);
      let ones = 0;
      for (const byte of code) for (let bit = 0; bit < 8; bit++) ones += (byte >> bit) & 1;
      rates.push(ones / 128);
    }
    const mean = rates.reduce((a, b) => a + b) / rates.length;
    const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length;
    expect(mean).toBeCloseTo(0.5, 1);
    // Uniform rates: 1/12 and a little; bits of one rate for all tokens would have 1/512.
    expect(variance).toBeCloseTo(1 / 12, 1);
    expect(variance).toBeGreaterThan(0.07);
  });

  it('of emb is any bucket, of vocab any id, of ngram as many buckets as a token can have', () => {
    const one = random(8);
    const emb = new Set<number>();
    const vocab = new Set<number>();
    for (let i = 0; i < 12_000; i++) {
      emb.add((randomToken(configOf({ variant: 'emb', buckets: 61 }), one) as { bucket: number }).bucket);
      vocab.add((randomToken(configOf({ variant: 'vocab' }), one) as { id: number }).id);
    }
    expect([emb.size, Math.min(...emb), Math.max(...emb)]).toEqual([61, 0, 60]);
    expect([vocab.size, Math.min(...vocab), Math.max(...vocab)]).toEqual([600, 0, 599]);
    const ngram = configOf({ variant: 'ngram', max_ngrams: 7, hash_keys: ['a', 'b'] });
    const { features } = randomToken(ngram, one) as { features: Uint32Array };
    expect(features).toHaveLength(9);
    expect(features.every((bucket) => bucket < 61)).toBe(true);
  }, 20_000);
});

/** Two sequences between special tokens: rows 1-4 and 7-8 of 10. */
function batch(fields = {}): CorruptedBatch {
  const tokens = (...texts: string[]) => texts.map((text) => ({ text, id: -1 }));
  return {
    sequences: [
      { tokens: tokens('a', 'b', 'c', 'd'), places: Int32Array.of(0, RANDOM, MASKED, 1), row: 1 },
      { tokens: tokens('e', 'f'), places: Int32Array.of(1, MASKED), row: 7 },
    ],
    rows: 10,
    config: configOf(fields),
    signature: (text) => new Uint8Array(16).fill(text === 'c' ? 0x80 : 0x01),
  };
}

describe('a lesson', () => {
  it('labels every token that is not masked, by the names of the model, and no special one', () => {
    const x = IGNORED_LABEL;
    const { targets, scale } = manipulations.goal(batch(), 0.25);
    expect([...targets]).toEqual([x, 0, 2, x, 1, x, x, 1, x, x]);
    expect(scale).toBe(0.25);
    const swapped = { token_labels: ['shuffled', 'random', 'unchanged'] };
    expect([...manipulations.goal(batch(swapped), 1).targets]).toEqual([x, 2, 1, x, 0, x, x, 0, x, x]);
    expect(batch().sequences.map(({ places }) => manipulations.count(places))).toEqual([3, 1]);
  });

  it('asks for the bits of hidden tokens, most significant first', () => {
    const { rows, targets } = hiddenBits.goal(batch(), 1);
    expect([...rows!]).toEqual([3, 8]);
    expect(targets).toHaveLength(256);
    const ones = [...targets].flatMap((bit, i) => (bit === 1 ? [i] : []));
    const every = (first: number) => Array.from({ length: 16 }, (_, i) => first + 8 * i);
    expect(ones).toEqual([...every(0), ...every(128 + 7)]);
  });

  it('scores what heads put out', () => {
    const config = configOf({});
    const goal = manipulations.goal(batch(), 1);
    const score = manipulations.score(config);
    // All unchanged but row 2, which is random: right on rows 1 and 2, wrong on the two that were shuffled.
    score.add(
      goal,
      Float32Array.from({ length: 30 }, (_, i) => (i === 8 ? 9 : i % 3 === 0 ? 1 : 0)),
    );
    expect(score.metrics()).toEqual({
      accuracy: 0.5,
      accuracy_shuffled: 0,
      accuracy_random: 1,
      accuracy_unchanged: 1,
    });
    expect(score.report!().confusion).toEqual([
      [1, 0, 0],
      [2, 0, 0],
      [0, 0, 1],
    ]);
    const bits = hiddenBits.goal(batch(), 1);
    const signs = hiddenBits.score(config);
    signs.add(
      bits,
      Float32Array.from(bits.targets, (bit, i) => (i < 64 ? 1 : 2) * (i < 192 ? bit - 0.5 : 1)),
    );
    expect(signs.metrics()).toEqual({ bit_accuracy: (128 + 64 + 8) / 256, signature_accuracy: 0.5 });
    expect(hiddenBits.describe!([bits])).toContain('0.875');
  });

  it.each(Object.entries(RANDOM_TOKEN))('draws for the variant %s a token of %s', (variant, kind) => {
    expect(Object.keys(randomToken(configOf({ variant }), random(1)))).toEqual([kind]);
  });
});
