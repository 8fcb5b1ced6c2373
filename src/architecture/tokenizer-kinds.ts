/**
 * How a text is cut into tokens, after lower-casing:
 *
 * - `reference`: the matches of `\w+|[^\w\s]+` with Python's classes, as the published HashFormers have it. Marks
 *   are not `\w`: a decomposed é is two tokens, and Hindi falls apart at its vowel signs.
 * - `unicode`: the matches of `\w[\w\p{M}\u200C\u200D]*|[^\w\s]+`: marks and joiners stay with their word. A mark
 *   that follows no word stays with what it follows in the same way, as `[^\w\s]` includes it: variation selectors,
 *   keycaps and joiners with their emoji. After white space it begins a token.
 */
export const TOKENIZER_KINDS = ['reference', 'unicode'] as const;
export type TokenizerKind = (typeof TOKENIZER_KINDS)[number];

/** Whether marks and joiners stay with what they follow. */
export const MARKS_JOIN = { reference: false, unicode: true } as const satisfies Record<
  TokenizerKind,
  boolean
>;
