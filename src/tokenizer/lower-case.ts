import { CASED, character, DISTANCE, IGNORABLE } from './characters.ts';

export const CAPITAL_I_WITH_DOT = 0x130;
/** What İ becomes an `i` and: the one character whose lower case is two. */
export const DOT_ABOVE = '\u0307';
const CAPITAL_SIGMA = 0x3a3;
const FINAL_SIGMA = 0x3c2;

/**
 * The lower case of a piece of a text as Python's `str.lower()` of the whole text has it: the full mappings of
 * Unicode 14, with the one rule of context, Final_Sigma (The Unicode Standard, section 3.13, table 3-17), and none
 * of a locale. The engine's own `toLowerCase` follows whichever Unicode the engine has.
 *
 * @param text the whole text: the context of a Σ may lie beyond the piece
 * @param from first UTF-16 code unit of the piece, not inside a surrogate pair
 * @param to the code unit after its last one
 */
export function lowerCase(text: string, from = 0, to = text.length): string {
  let lower = '';
  let done = from;
  for (let i = from, width = 1; i < to; i += width) {
    const codePoint = text.codePointAt(i)!;
    width = codePoint > 0xffff ? 2 : 1;
    const distance = character(codePoint) >> DISTANCE;
    if (distance === 0) continue;
    lower += text.slice(done, i);
    if (codePoint === CAPITAL_I_WITH_DOT) lower += `i${DOT_ABOVE}`;
    else if (codePoint === CAPITAL_SIGMA && isFinal(text, i)) lower += String.fromCodePoint(FINAL_SIGMA);
    else lower += String.fromCodePoint(codePoint + distance);
    done = i + width;
  }
  return lower + text.slice(done, to);
}

/**
 * Final_Sigma as CPython applies it: case-ignorable characters, cased or not, are skipped on both sides; before them
 * must stand a cased character, after them none.
 */
function isFinal(text: string, sigma: number): boolean {
  let before = 0;
  for (let i = sigma - 1; i >= 0; i--) {
    // A pair read from its second half is read again, whole, from its first; a half alone is not case-ignorable.
    const half = text.charCodeAt(i);
    if (i > 0 && (half & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) i--;
    before = character(text.codePointAt(i)!);
    if (!(before & IGNORABLE)) break;
  }
  // Case-ignorable to the very start of the text leaves an entry without CASED.
  if (!(before & CASED)) return false;

  for (let i = sigma + 1, width = 1; i < text.length; i += width) {
    const codePoint = text.codePointAt(i)!;
    width = codePoint > 0xffff ? 2 : 1;
    const after = character(codePoint);
    if (!(after & IGNORABLE)) return !(after & CASED);
  }
  return true;
}
