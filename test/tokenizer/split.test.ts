import { describe, expect, it } from 'vitest';
import type { TokenizerKind } from '../../src/architecture/tokenizer-kinds.ts';
import { lowerCase } from '../../src/tokenizer/lower-case.ts';
import { split } from '../../src/tokenizer/tokenizer.ts';
import { pythonCharacters, pythonLower, pythonTokens } from './golden.ts';
import { Random } from './random.ts';

const KINDS: TokenizerKind[] = ['reference', 'unicode'];
const corpus = pythonTokens();

describe.each(KINDS)('split, %s', (kind) => {
  it('cuts tricky texts as Python does', () => {
    expect(corpus.length).toBeGreaterThan(400);
    for (const example of corpus) {
      expect({ text: example.text, ...split(example.text, kind) }).toEqual({
        text: example.text,
        ...example[kind],
      });
    }
  });

  it('keeps offsets in order and within the text, and tokens without white space', () => {
    const python = pythonCharacters();
    const random = new Random(1);
    for (let round = 0; round < 2000; round++) {
      const text = random.text(40);
      const { tokens, starts, ends } = split(text, kind);
      const inOrder = (at: number, i: number, all: number[]) => i === 0 || at >= all[i - 1]!;
      expect([starts.length, ends.length]).toEqual([tokens.length, tokens.length]);
      expect([...starts, ...ends].every((at) => at >= 0 && at <= text.length)).toBe(true);
      expect(starts.every(inOrder) && ends.every(inOrder)).toBe(true);
      expect(starts.every((start, i) => start < ends[i]!)).toBe(true);
      expect(Array.from(tokens.join('')).some((c) => python[c.codePointAt(0)!]!.kind === 'S')).toBe(false);
    }
  });

  it('gives the lower case of the text between the offsets where no rule of context applies', () => {
    const lower = pythonLower();
    const random = new Random(2);
    for (let round = 0; round < 2000; round++) {
      const text = random.text(40).replace(/[İΣ]/g, '');
      const { tokens, starts, ends } = split(text, kind);
      const expected = tokens.map((_, i) =>
        Array.from(text.slice(starts[i], ends[i]), (c) => lower.get(c.codePointAt(0)!) ?? c).join(''),
      );
      expect(tokens).toEqual(expected);
    }
  });

  it('loses nothing but white space', () => {
    const python = pythonCharacters();
    const random = new Random(3);
    for (let round = 0; round < 2000; round++) {
      const text = random.text(40);
      const kept = Array.from(lowerCase(text)).filter((c) => python[c.codePointAt(0)!]!.kind !== 'S');
      expect(split(text, kind).tokens.join('')).toBe(kept.join(''));
    }
  });

  it('gives the first tokens, and stops soon beyond the limit', () => {
    const random = new Random(4);
    for (let round = 0; round < 1000; round++) {
      const text = random.below(4) === 0 ? `İ${random.text(9)}İaİ` : random.text(40);
      const limit = random.below(6);
      const whole = split(text, kind);
      const part = split(text, kind, limit);
      expect(part.tokens.length).toBeLessThanOrEqual(limit + 2);
      expect(part.tokens.length > limit).toBe(whole.tokens.length > limit);
      expect(part.tokens).toEqual(whole.tokens.slice(0, part.tokens.length));
      expect(part.starts).toEqual(whole.starts.slice(0, part.tokens.length));
      expect(part.ends).toEqual(whole.ends.slice(0, part.tokens.length));
    }
  });

  it('looks beyond the limit for the context of a sigma', () => {
    expect(split("ΑΣ''Α", kind, 0).tokens).toEqual(['ασ']);
    expect(split("ΑΣ'' Α", kind, 0).tokens).toEqual(['ας']);
  });

  it('takes a megabyte, as one token or as many, whatever its letters', () => {
    const mega = 1 << 20;
    for (const letter of ['a', 'A', 'ж', 'Ж', 'Σ', '\ud800', '\0', "'"]) {
      const { tokens, ends } = split(letter.repeat(mega), kind);
      expect(tokens.length).toBe(1);
      expect(tokens[0]!.length).toBe(mega);
      expect(ends).toEqual([mega]);
    }
    expect(split(`ΑΣ${"'".repeat(mega)}Σ`, kind).tokens.map((token) => token.length)).toEqual([2, mega, 1]);
    expect(split('ab, '.repeat(mega / 4), kind).tokens.length).toBe(mega / 2);
    expect(split(' '.repeat(mega), kind).tokens).toEqual([]);
    expect(split('İ'.repeat(mega), kind).tokens.length).toBe(kind === 'reference' ? 2 * mega : 1);
  });
});

describe('lowerCase', () => {
  it('reads the context of a piece from the whole text', () => {
    expect(lowerCase('ΑΣΑ', 1, 2)).toBe('σ');
    expect(lowerCase('ΑΣ Α', 1, 2)).toBe('ς');
    expect(lowerCase('Σ', 0, 1)).toBe('σ');
  });

  it('gives the tokens that Python finds in the lower-cased text', () => {
    for (const { text, reference } of corpus) {
      expect(split(lowerCase(text), 'reference').tokens, JSON.stringify(text)).toEqual(reference.tokens);
    }
  });
});
