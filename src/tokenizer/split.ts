import { MARKS_JOIN, type TokenizerKind } from '../architecture/tokenizer-kinds.ts';
import { character, DISTANCE, KIND, MARK, OTHER, SPACE, WORD } from './characters.ts';
import { CAPITAL_I_WITH_DOT, DOT_ABOVE, lowerCase } from './lower-case.ts';

/** The tokens of a text, lower-cased, and where they begin and end in it. */
export interface Pieces {
  tokens: string[];
  /** UTF-16 offset of each token's first code unit in the text as given. */
  starts: number[];
  /** UTF-16 offset after each token's last code unit. */
  ends: number[];
}

// What a token's lower-casing needs to know of its characters.
const ASCII_UPPER = 1;
const NOT_ASCII = 2;
const WIDE_UPPER = 4;

/**
 * Lower-cases a text as Python's `str.lower()` and cuts it into tokens, in one pass.
 *
 * Offsets refer to the text before lower-casing. `İ` becomes two characters, `i` and a dot above; a token that begins
 * or ends between the two covers the `İ`. A surrogate without its other half is neither `\w` nor `\s`, as in Python.
 *
 * @param text any string
 * @param kind see {@link TokenizerKind}
 * @param limit the pass ends once there are more tokens than this: what comes back is then a text's first tokens, one
 * or two more than `limit`
 */
export function split(text: string, kind: TokenizerKind, limit = Number.POSITIVE_INFINITY): Pieces {
  const pieces: Pieces = { tokens: [], starts: [], ends: [] };
  const { tokens } = pieces;
  const marksJoin = MARKS_JOIN[kind];
  const { length } = text;

  // The token that is open: its kind, where it begins, what of it is lower-cased already, and up to where.
  let open: number = SPACE;
  let start = 0;
  let head = '';
  let from = 0;
  let traits = 0;

  for (let i = 0, width = 1; i <= length && tokens.length <= limit; i += width) {
    // White space after the end closes the last token.
    let codePoint = i < length ? text.charCodeAt(i) : 0x20;
    let next: number;
    let trait = 0;
    width = 1;
    if (codePoint < 0x80) {
      if (isAsciiLetter(codePoint)) {
        next = WORD;
        trait = codePoint < 0x61 ? ASCII_UPPER : 0;
        // Most characters of most texts: lower-case letters within a word.
        while (i + width < length && (text.charCodeAt(i + width) - 0x61) >>> 0 < 26) width++;
      } else {
        next = asciiKind(codePoint);
      }
    } else {
      if ((codePoint & 0xfc00) === 0xd800) {
        codePoint = text.codePointAt(i)!;
        width = codePoint > 0xffff ? 2 : 1;
      }
      const entry = character(codePoint);
      next = entry & KIND;
      if (next === MARK) next = marksJoin && open === WORD ? WORD : OTHER;
      trait = entry >> DISTANCE === 0 ? NOT_ASCII : NOT_ASCII | WIDE_UPPER;
    }

    if (next !== open) {
      if (open !== SPACE) push(pieces, head + lowerPiece(text, from, i, traits), start, i);
      open = next;
      start = from = i;
      head = '';
      traits = 0;
    }
    traits |= trait;

    if (codePoint === CAPITAL_I_WITH_DOT && !marksJoin) {
      // The dot is no word character: it opens a token within İ.
      push(pieces, `${head}${lowerPiece(text, from, i, traits)}i`, start, i + 1);
      open = OTHER;
      start = i;
      from = i + 1;
      head = DOT_ABOVE;
      traits = 0;
    }
  }
  return pieces;
}

function isAsciiLetter(codeUnit: number): boolean {
  return ((codeUnit | 0x20) - 0x61) >>> 0 < 26;
}

/** The kind of an ASCII character that is no letter, without the tables. */
function asciiKind(codeUnit: number): number {
  if (codeUnit === 0x20 || (codeUnit - 0x09) >>> 0 < 5 || (codeUnit - 0x1c) >>> 0 < 4) return SPACE;
  return (codeUnit - 0x30) >>> 0 < 10 || codeUnit === 0x5f ? WORD : OTHER;
}

/** The engine's `toLowerCase` is kept to where engines cannot differ. */
function lowerPiece(text: string, from: number, to: number, traits: number): string {
  if ((traits & (ASCII_UPPER | WIDE_UPPER)) === 0) return text.slice(from, to);
  return traits === ASCII_UPPER ? text.slice(from, to).toLowerCase() : lowerCase(text, from, to);
}

function push(pieces: Pieces, token: string, start: number, end: number): void {
  pieces.tokens.push(token);
  pieces.starts.push(start);
  pieces.ends.push(end);
}
