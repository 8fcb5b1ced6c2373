import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/tokenizer/tokenizer.ts';
import { labelTokens } from '../../src/train/data/token-labels.ts';
import { Random } from '../helpers.ts';

const NONE = -100;

function labels(words: readonly string[], maxLength = 64): number[] {
  const text = words.join(' ');
  const sequence = assemble(text, 'reference', maxLength);
  return labelTokens(
    text,
    words.map((_, i) => i),
    sequence,
  );
}

describe('labels of tokens', () => {
  it('go to the first token of each word', () => {
    expect(labels(['EU', 'rejects', "don't", 'call', '.'])).toEqual([NONE, 0, 1, 2, NONE, NONE, 3, 4, NONE]);
    expect(labels(['1\u00a0/\u00a02', 'b'])).toEqual([NONE, 0, NONE, NONE, 1, NONE]);
  });

  it('leave out words without tokens, and those that are cut off', () => {
    expect(labels(['a', '', '\u00a0', 'b', ''])).toEqual([NONE, 0, 3, NONE]);
    expect(labels(['', 'a'])).toEqual([NONE, 1, NONE]);
    expect(labels([''])).toEqual([NONE, NONE]);
    expect(labels(['a', 'b', 'c', 'd'], 4)).toEqual([NONE, 0, 1, NONE]);
  });

  it('give every word one label, in order', () => {
    const random = new Random(3);
    for (let i = 0; i < 200; i++) {
      const words = Array.from({ length: 1 + random.below(12) }, () =>
        Array.from({ length: 1 + random.below(6) }, () => 'aB\u0301!.-_é字😀'.at(random.below(10))).join(''),
      );
      const counted = labels(words, 200).filter((label) => label !== NONE);
      expect(counted, words.join(' ')).toEqual(
        words.map((_, w) => w).filter((w) => labels([words[w]!]).length > 2),
      );
    }
  });
});
