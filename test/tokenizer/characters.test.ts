import { describe, expect, it } from 'vitest';
import {
  CASED,
  character,
  DISTANCE,
  IGNORABLE,
  KIND,
  MARK,
  OTHER,
  SPACE,
  WORD,
} from '../../src/tokenizer/characters.ts';
import { lowerCase } from '../../src/tokenizer/lower-case.ts';
import { split } from '../../src/tokenizer/tokenizer.ts';
import { pythonCharacters, pythonLower } from './golden.ts';

const python = pythonCharacters();
const lower = pythonLower();

/** The code points, as U+..., for which `matches` does not hold. */
function exceptions(matches: (codePoint: number) => boolean): string[] {
  const found: string[] = [];
  for (let codePoint = 0; codePoint < 0x110000; codePoint++) {
    if (!matches(codePoint)) found.push(`U+${codePoint.toString(16)}`);
  }
  return found;
}

describe('every code point agrees with Python', () => {
  it('has all of them in the golden data', () => {
    expect(python.length).toBe(0x110000);
    expect(lower.size).toBe(1433);
  });

  it('in kind', () => {
    const kinds: Record<string, number> = { W: WORD, S: SPACE, M: MARK, O: OTHER };
    expect(exceptions((c) => (character(c) & KIND) === kinds[python[c]!.kind])).toEqual([]);
  });

  it('in what Final_Sigma sees', () => {
    const contexts: Record<string, number> = { I: IGNORABLE, C: CASED, N: 0 };
    expect(exceptions((c) => (character(c) & (IGNORABLE | CASED)) === contexts[python[c]!.context])).toEqual(
      [],
    );
  });

  it('in lower case', () => {
    const same = (c: number) =>
      lowerCase(String.fromCodePoint(c)) === (lower.get(c) ?? String.fromCodePoint(c));
    expect(exceptions(same)).toEqual([]);
    expect(exceptions((c) => (character(c) >> DISTANCE !== 0) === lower.has(c))).toEqual([]);
  });

  it('in what splitting makes of it, alone and between letters', () => {
    const alone = (c: number) => {
      const text = String.fromCodePoint(c);
      const small = lower.get(c) ?? text;
      if (c === 0x130) return true;
      const tokens = python[c]!.kind === 'S' ? '' : small;
      const between: Record<string, string> = {
        W: `a${small}b`,
        S: 'a|b',
        M: `a|${small}|b`,
        O: `a|${small}|b`,
      };
      return (
        split(text, 'reference').tokens.join('|') === tokens &&
        split(text, 'unicode').tokens.join('|') === tokens &&
        split(`a${text}b`, 'reference').tokens.join('|') === between[python[c]!.kind] &&
        split(`a${text}b`, 'unicode').tokens.join('|') ===
          (python[c]!.kind === 'M' ? `a${small}b` : between[python[c]!.kind])
      );
    };
    // "|" is itself one of the characters that were tried.
    expect(exceptions(alone)).toEqual([]);
  });

  it('in the context of a sigma, on both sides', () => {
    const before = (c: number) => {
      const sigma = python[c]!.context === 'C' ? 'ς' : 'σ';
      return lowerCase(`${String.fromCodePoint(c)}Σ`).endsWith(sigma);
    };
    const after = (c: number) => {
      const sigma = python[c]!.context === 'C' ? 'σ' : 'ς';
      return lowerCase(`AΣ${String.fromCodePoint(c)}`).startsWith(`a${sigma}`);
    };
    const skipped = (c: number) => {
      const sigma = python[c]!.context === 'N' ? 'ς' : 'σ';
      return lowerCase(`AΣ${String.fromCodePoint(c)}A`).startsWith(`a${sigma}`);
    };
    expect(exceptions(before)).toEqual([]);
    expect(exceptions(after)).toEqual([]);
    expect(exceptions(skipped)).toEqual([]);
  });
});
