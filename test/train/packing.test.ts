import { describe, expect, it } from 'vitest';
import { type PackedSequence, pack } from '../../src/train/corpus/packing.ts';
import { Random } from '../../src/train/numeric/random.ts';
import { failure } from '../helpers.ts';

type Sequence = PackedSequence<string, number>;

async function* paragraphsOf(paragraphs: readonly string[][], from = 0) {
  for (let place = from; place < paragraphs.length; place++) yield { tokens: paragraphs[place]!, place };
}

async function packed(
  paragraphs: readonly string[][],
  capacity: number,
  from = 0,
  token = 0,
): Promise<Sequence[]> {
  const sequences: Sequence[] = [];
  for await (const sequence of pack(paragraphsOf(paragraphs, from), capacity, token))
    sequences.push(sequence);
  return sequences;
}

/** Paragraphs of tokens that are all different. */
const named = (...lengths: number[]) =>
  lengths.map((length, p) => Array.from({ length }, (_, t) => `${p}.${t}`));

describe('packing', () => {
  it('takes whole paragraphs while they fit', async () => {
    const sequences = await packed(named(2, 3, 1, 5), 6);
    expect(sequences.map(({ tokens }) => tokens.join(' '))).toEqual([
      '0.0 0.1 1.0 1.1 1.2 2.0',
      '3.0 3.1 3.2 3.3 3.4',
    ]);
    expect(sequences.map(({ next }) => next)).toEqual([{ place: 3, token: 0 }, null]);
  });

  it('cuts only a paragraph that fits into no sequence, and goes on with its rest', async () => {
    const sequences = await packed(named(2, 9, 1), 4);
    expect(sequences.map(({ tokens }) => tokens.join(' '))).toEqual([
      '0.0 0.1',
      '1.0 1.1 1.2 1.3',
      '1.4 1.5 1.6 1.7',
      '1.8 2.0',
    ]);
    expect(sequences[1]!.next).toEqual({ place: 1, token: 4 });
  });

  it('fills sequences exactly, leaves nothing empty, and passes over paragraphs without tokens', async () => {
    expect((await packed(named(4, 4, 8), 4)).map(({ tokens }) => tokens.length)).toEqual([4, 4, 4, 4]);
    expect((await packed(named(0, 3, 0, 0, 1, 0), 4)).map(({ tokens }) => tokens.length)).toEqual([4]);
    expect(await packed(named(0, 0), 4)).toEqual([]);
    expect(await packed([], 4)).toEqual([]);
  });

  it('has every token once, in order, and the same sequences from wherever it goes on', async () => {
    const random = new Random(8);
    for (let round = 0; round < 60; round++) {
      const capacity = 1 + random.integer(20);
      const lengths = Array.from({ length: random.integer(30) }, () => random.integer(3 * capacity));
      const paragraphs = named(...lengths);
      const whole = await packed(paragraphs, capacity);
      expect(whole.flatMap(({ tokens }) => tokens)).toEqual(paragraphs.flat());
      for (const { tokens } of whole) expect(tokens.length).toBeLessThanOrEqual(capacity);
      for (const [i, { next }] of whole.entries()) {
        if (next === null) expect(i).toBe(whole.length - 1);
        else expect(await packed(paragraphs, capacity, next.place, next.token)).toEqual(whole.slice(i + 1));
      }
    }
  });

  it('refuses a length that holds nothing', async () => {
    const { message } = await failure(() => packed(named(3), 0), 'argument');
    expect(message).toContain('at least 1 token');
  });
});
