import { TABLES } from './tables.ts';

// A character's entry: its kind in the two lowest bits, ...
export const KIND = 3;
/** Neither a letter or number, nor a mark, nor white space: punctuation, symbols, controls, lone surrogates. */
export const OTHER = 0;
/** Python's `\w`: general categories L and N, and `_`. */
export const WORD = 1;
/** Combining marks (general category M), and the two joiners U+200C and U+200D. */
export const MARK = 2;
/** Python's `\s`: White_Space and U+001C to U+001F. */
export const SPACE = 3;
/** ... whether it is Cased and not Case_Ignorable, */
export const CASED = 4;
/** whether it is Case_Ignorable, */
export const IGNORABLE = 8;
/** and, from this bit on, the signed distance to its lower case. */
export const DISTANCE = 4;

/** The entries of the tables' classes, in the order of `CLASSES` in scripts/build/unicode.mjs. */
const CLASSES = [
  OTHER,
  SPACE,
  OTHER | IGNORABLE,
  WORD | CASED,
  WORD,
  WORD | IGNORABLE,
  MARK | IGNORABLE,
  MARK,
  OTHER | CASED,
];

const PAGE_BITS = 7;
const PAGE = 1 << PAGE_BITS;
const CODE_POINTS = 0x110000;

/** Where each page of 128 code points begins in `entries`; undefined until the first look-up. */
let pages: Uint32Array | undefined;
let entries: Int32Array;

/**
 * What Unicode 14 says of a character, from our own tables, so that every engine answers alike.
 *
 * The first call decodes the tables (some 3 ms cold, 180 KB); importing this file costs nothing.
 *
 * @param codePoint 0 to 0x10FFFF; a surrogate is answered as itself
 * @returns the bits above; lower case of U+0130 is the one thing that they cannot hold
 */
export function character(codePoint: number): number {
  pages ??= decode();
  return entries[place(pages, codePoint)]!;
}

function place(pages: Uint32Array, codePoint: number): number {
  return pages[codePoint >> PAGE_BITS]! + (codePoint & (PAGE - 1));
}

/** Unpacks the format that scripts/build/unicode.mjs describes. */
function decode(): Uint32Array {
  let at = 0;
  const digit = () => TABLES.charCodeAt(at++) - 35;
  const number = () => {
    const first = digit();
    if (first < 70) return first;
    if (first < 91) return 70 + (first - 70) * 92 + digit();
    return (digit() * 92 + digit()) * 92 + digit();
  };

  const starts = new Uint32Array(CODE_POINTS / PAGE);
  // Room for more pages than differ; what is left over is given back.
  const unpacked = new Int32Array(512 * PAGE);
  let size = 0;
  for (let codePoint = 0; codePoint < CODE_POINTS; ) {
    const first = digit();
    const entry = CLASSES[Math.trunc(first / 10)]!;
    const begin = codePoint;
    const end = begin + (first % 10) + 1 + (first % 10 === 9 ? number() : 0);
    while (codePoint < end) {
      const page = codePoint >> PAGE_BITS;
      let next = Math.min((page + 1) << PAGE_BITS, end);
      if ((codePoint & (PAGE - 1)) === 0) {
        starts[page] = size;
        size += PAGE;
        // A run's further pages are the same page, but for cased characters, whose lower case tells them apart.
        if (next - codePoint === PAGE && !(entry & CASED)) {
          starts.fill(starts[page]!, page, end >> PAGE_BITS);
          next = end & -PAGE;
        }
      }
      const from = place(starts, codePoint);
      unpacked.fill(entry, from, from + Math.min(next - codePoint, PAGE));
      codePoint = next;
    }
  }
  entries = unpacked.slice(0, size);

  for (let codePoint = 0; at < TABLES.length; ) {
    codePoint += number();
    const shape = number();
    const zigzag = number();
    const distance = (zigzag >> 1) ^ -(zigzag & 1);
    for (let left = shape >> 1; left >= 0; left--) {
      entries[place(starts, codePoint)]! |= distance << DISTANCE;
      codePoint += 1 + (shape & 1);
    }
  }
  return starts;
}
