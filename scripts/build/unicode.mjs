import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Digits are the characters from `#` to `~`: printable, one byte each, only the backslash is escaped. */
const FIRST_DIGIT = 35;
const BASE = 92;
/** A number below this takes one digit. */
const SHORT = 70;
/** A run of up to this many code points needs no number after its digit. */
const LONGEST_SHORT_RUN = 9;
const CODE_POINTS = 0x110000;

// The order of `CLASSES` in src/tokenizer/characters.ts: what a character is to the splitter, then to Final_Sigma.
const CLASSES = [
  'other',
  'space',
  'other ignorable',
  'word cased',
  'word',
  'word ignorable',
  'mark ignorable',
  'mark',
  'other cased',
];

/**
 * Writes the module of Unicode 14 tables that src/tokenizer/characters.ts decodes: the version of Python 3.11,
 * which the reference's golden data come from.
 *
 * - First, for each run of code points of one class, from U+0000 to U+10FFFF, the digit
 *   `class * 10 + min(length - 1, 9)`; after a 9 comes the number `length - 10`.
 * - Then, for each arithmetic series of code points that lower-case by one distance, the numbers
 *   `gap to the previous series`, `2 * (count - 1) + (step - 1)` and the distance in zigzag code.
 *
 * A number is one digit below 70; a digit d of 70 to 90 and one more, meaning 70 + (d - 70) * 92 + digit; or the
 * digit 91 and three more, base 92.
 *
 * @param {string} outFile path of the TypeScript module to write; missing folders are made
 * @throws {Error} when the Unicode data breaks an assumption of the decoder
 */
export async function writeUnicodeTables(outFile) {
  const module = [
    '// Made by scripts/build/unicode.mjs (npm run build) from @unicode/unicode-14.0.0; do not edit. The format is described there.',
    `export const TABLES = ${JSON.stringify(encodeRuns(await classes()) + encodeLower(await lowerCase()))};`,
    '',
  ].join('\n');
  await mkdir(dirname(outFile), { recursive: true });
  await writeFile(outFile, module);
}

async function property(path) {
  return (await import(`@unicode/unicode-14.0.0/${path}/code-points.mjs`)).default;
}

/** The class of every code point, as its place in CLASSES. */
async function classes() {
  const [letter, number, mark, whiteSpace, cased, ignorable] = await Promise.all(
    [
      'General_Category/Letter',
      'General_Category/Number',
      'General_Category/Mark',
      'Binary_Property/White_Space',
      'Binary_Property/Cased',
      'Binary_Property/Case_Ignorable',
    ].map(async (path) => new Set(await property(path))),
  );
  // str.isalnum() is the categories L and N; str.isspace() is White_Space and the four information separators.
  const word = (c) => letter.has(c) || number.has(c) || c === 0x5f;
  const space = (c) => whiteSpace.has(c) || (c >= 0x1c && c <= 0x1f);
  const joining = (c) => mark.has(c) || c === 0x200c || c === 0x200d;
  const kind = (c) => (space(c) ? 'space' : word(c) ? 'word' : joining(c) ? 'mark' : 'other');
  // Final_Sigma skips what is ignorable, cased or not, so that the three cases exclude each other.
  const context = (c) => (ignorable.has(c) ? ' ignorable' : cased.has(c) ? ' cased' : '');
  return Array.from({ length: CODE_POINTS }, (_, c) => {
    const place = CLASSES.indexOf(kind(c) + context(c));
    if (place < 0) throw new Error(`U+${c.toString(16)} is in no class: ${kind(c)}${context(c)}.`);
    return place;
  });
}

/** [code point, lower-case code point] in order, for every character that str.lower() changes without context. */
async function lowerCase() {
  const pairs = [...(await property('Simple_Case_Mapping/Lowercase'))].sort(([a], [b]) => a - b);
  const special = [...(await property('Special_Casing/Lowercase'))];
  // The splitter knows İ, the one character that becomes two, by itself.
  if (special.some(([c, lower]) => c !== 0x130 && lower.length > 1)) {
    throw new Error('A character other than U+0130 lower-cases to several.');
  }
  // The splitter classes a character before lower-casing it, and the decoder shares only pages of uncased ones.
  const kinds = await classes();
  for (const [c, lower] of pairs) {
    const fits = kinds[c] === kinds[lower] && CLASSES[kinds[c]].endsWith('cased');
    if (!fits) throw new Error(`U+${c.toString(16)} and its lower case are not of one, cased class.`);
  }
  return pairs;
}

function encodeRuns(kinds) {
  let text = '';
  for (let start = 0, end = 0; start < CODE_POINTS; start = end) {
    while (end < CODE_POINTS && kinds[end] === kinds[start]) end++;
    const length = end - start - 1;
    text += digit(kinds[start] * (LONGEST_SHORT_RUN + 1) + Math.min(length, LONGEST_SHORT_RUN));
    if (length >= LONGEST_SHORT_RUN) text += number(length - LONGEST_SHORT_RUN);
  }
  return text;
}

function encodeLower(pairs) {
  let text = '';
  let previous = 0;
  for (let i = 0; i < pairs.length; ) {
    const [first, lower] = pairs[i];
    const distance = lower - first;
    const follows = (step, count) => {
      const next = pairs[i + count];
      return next !== undefined && next[0] === first + step * count && next[1] - next[0] === distance;
    };
    const step = follows(2, 1) ? 2 : 1;
    let count = 1;
    while (follows(step, count)) count++;
    text += number(first - previous) + number(2 * (count - 1) + (step - 1));
    text += number(distance < 0 ? -2 * distance - 1 : 2 * distance);
    previous = first + step * count;
    i += count;
  }
  return text;
}

function number(value) {
  if (value < SHORT) return digit(value);
  const middle = value - SHORT;
  if (middle < (BASE - 1 - SHORT) * BASE)
    return digit(SHORT + Math.floor(middle / BASE)) + digit(middle % BASE);
  if (value >= BASE ** 3) throw new Error(`${value} is beyond the number code.`);
  return digit(BASE - 1) + [2, 1, 0].map((power) => digit(Math.floor(value / BASE ** power) % BASE)).join('');
}

function digit(value) {
  return String.fromCharCode(FIRST_DIGIT + value);
}
