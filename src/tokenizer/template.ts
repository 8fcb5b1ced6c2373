// What a tokenizer.json puts around texts, and how it cuts what is too long.

/** A special token, or the place of text A or B; with the token type there. */
export type Item =
  | { readonly id: number; readonly type: number }
  | { readonly text: 0 | 1; readonly type: number };

/** The items of one text, and those of a pair. */
export interface Template {
  readonly single: readonly Item[];
  readonly pair: readonly Item[];
}

/** How long texts are cut. */
export interface Truncation {
  /** Where tokens are cut off. */
  readonly direction: 'Left' | 'Right';
  readonly strategy: 'LongestFirst' | 'OnlyFirst' | 'OnlySecond';
}

/** `[CLS] A [SEP]`, `[CLS] A [SEP] B [SEP]`; the second text and what is behind it have type 1. */
export function bertTemplate(cls: number, sep: number): Template {
  const single: Item[] = [
    { id: cls, type: 0 },
    { text: 0, type: 0 },
    { id: sep, type: 0 },
  ];
  return { single, pair: [...single, { text: 1, type: 1 }, { id: sep, type: 1 }] };
}

/** `<s> A </s>`, `<s> A </s></s> B </s>`; all have type 0. */
export function robertaTemplate(cls: number, sep: number): Template {
  const single: Item[] = [
    { id: cls, type: 0 },
    { text: 0, type: 0 },
    { id: sep, type: 0 },
  ];
  return { single, pair: [...single, { id: sep, type: 0 }, { text: 1, type: 0 }, { id: sep, type: 0 }] };
}

/** How many items of a template are special tokens. */
export function specialCount(items: readonly Item[]): number {
  return items.filter((item) => 'id' in item).length;
}

/**
 * How many tokens are kept of texts of these lengths, `room` in all, as Hugging Face's tokenizers do: of the longer
 * text, and when both are too long, half of the room for each, the odd one for the longer or the second.
 */
export function keptLengths(
  first: number,
  second: number,
  room: number,
  strategy: Truncation['strategy'],
): [number, number] {
  if (first + second <= room) return [first, second];
  // Where the one that is to be cut is not long enough, the longer is cut.
  if (strategy === 'OnlyFirst' && second < room) return [room - second, second];
  if (strategy === 'OnlySecond' && first < room) return [first, room - first];
  const shorter = Math.min(first, second, Math.floor(room / 2));
  return first > second ? [room - shorter, shorter] : [shorter, room - shorter];
}
