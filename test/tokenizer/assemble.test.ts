import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { TokenizerKind } from '../../src/architecture/tokenizer-kinds.ts';
import type { Text } from '../../src/tokenizer/text.ts';
import { assemble, SPECIAL, split } from '../../src/tokenizer/tokenizer.ts';
import { golden } from './golden.ts';

interface Case {
  text: Text;
  max_length: number;
  tokens: string[] | [string[], string[]];
  ids: number[];
}

const KINDS: TokenizerKind[] = ['reference', 'unicode'];
const cases = golden<Case[]>('tokenizer.json');

function bucket(token: string): number {
  return Number(BigInt(`0x${createHmac('md5', 'en').update(token, 'utf8').digest('hex')}`) % 50260n) + 5;
}

function words(count: number, letter: string): string {
  return Array.from({ length: count }, (_, i) => letter + i).join(' ');
}

/** How many tokens of each text are kept. */
function kept(a: number, b: number, maxLength: number): [number, number] {
  const { tokens, first } = assemble([words(a, 'a'), words(b, 'b')], 'reference', maxLength);
  return [first, tokens.length - first];
}

describe('assemble', () => {
  it.each(cases)('gives the reference ids of $text in $max_length', ({ text, max_length, tokens, ids }) => {
    const found = Array.isArray(text)
      ? text.map((one) => split(one, 'reference').tokens)
      : split(text, 'reference').tokens;
    expect(found).toEqual(tokens);

    const sequence = assemble(text, 'reference', max_length);
    let next = 0;
    expect(Array.from(sequence.ids, (id) => (id === -1 ? bucket(sequence.tokens[next++]!) : id))).toEqual(
      ids,
    );
    expect(next).toBe(sequence.tokens.length);
    expect(sequence.truncated).toBe(tokens.flat().length > sequence.tokens.length);
  });

  it('gives offsets into each text of a pair', () => {
    expect(assemble(['One two', 'İx, three'], 'unicode', 16)).toEqual({
      ids: Int32Array.of(SPECIAL.bos, -1, -1, SPECIAL.eos, SPECIAL.eos, -1, -1, -1, SPECIAL.eos),
      tokens: ['one', 'two', 'i\u0307x', ',', 'three'],
      starts: [0, 4, 0, 2, 4],
      ends: [3, 7, 2, 3, 9],
      first: 2,
      pair: true,
      truncated: false,
    });
  });

  it('cuts a pair as the reference does', () => {
    expect(kept(40, 40, 12)).toEqual([4, 4]);
    expect(kept(40, 4, 12)).toEqual([4, 4]);
    expect(kept(40, 3, 12)).toEqual([5, 3]);
    expect(kept(3, 40, 12)).toEqual([3, 5]);
    expect(kept(0, 40, 12)).toEqual([0, 8]);
    expect(kept(4, 4, 12)).toEqual([4, 4]);
  });

  it('leaves a place free in an odd length when both texts of a pair are cut', () => {
    expect(kept(40, 40, 13)).toEqual([4, 4]);
    expect(kept(40, 3, 13)).toEqual([6, 3]);
    expect(kept(5, 4, 13)).toEqual([5, 4]);
    expect(kept(6, 4, 13)).toEqual([4, 4]);
  });

  it.each(KINDS)('never exceeds the length, whatever the texts (%s)', (kind) => {
    for (let maxLength = 0; maxLength < 14; maxLength++) {
      for (let a = 0; a < 12; a++) {
        const one = assemble(words(a, 'a'), kind, maxLength);
        expect(one.ids.length).toBe(Math.min(a + 2, maxLength));
        expect(one.tokens.length).toBe(Math.max(Math.min(a, maxLength - 2), 0));
        expect(one.truncated).toBe(one.tokens.length < a);
        for (let b = 0; b < 12; b++) {
          const texts: [string, string] = [words(a, 'a'), words(b, 'b')];
          const pair = assemble(texts, kind, maxLength);
          expect(pair.ids.length).toBe(Math.min(pair.tokens.length + 4, maxLength));
          expect(pair.ids.filter((id) => id === -1).length).toBe(pair.tokens.length);
          expect(pair.truncated).toBe(pair.tokens.length < a + b);
          expect(pair.truncated).toBe(a + b > Math.max(maxLength - 4, 0));
          const all = texts.map((text) => split(text, kind).tokens);
          expect(pair.tokens).toEqual([
            ...all[0]!.slice(0, pair.first),
            ...all[1]!.slice(0, pair.tokens.length - pair.first),
          ]);
        }
      }
    }
  });

  it('keeps the first special tokens where not all fit', () => {
    expect([...assemble('a', 'unicode', 0).ids]).toEqual([]);
    expect([...assemble('a', 'unicode', 1).ids]).toEqual([SPECIAL.bos]);
    expect([...assemble(['a', 'b'], 'unicode', 3).ids]).toEqual([SPECIAL.bos, SPECIAL.eos, SPECIAL.eos]);
  });
});
