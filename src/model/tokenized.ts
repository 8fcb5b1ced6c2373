import { CODE_BYTES, ORDINARY, SPECIAL_TOKENS } from '../../assembly/abi.ts';
import type { Hasher } from '../architecture/hasher.ts';
import { VARIANT, type Variant } from '../architecture/variants.ts';
import type { Text } from '../tokenizer/text.ts';
import type { Sequence } from '../tokenizer/tokenizer.ts';

/** A text as the model reads it. For a pair, `tokens` and `offsets` hold two lists, one a text. */
export interface Tokenized<T extends Text = Text> {
  /** Tokens that are left after truncation, without special tokens: lower-cased words, or pieces of a vocabulary. */
  readonly tokens: T extends string ? string[] : [string[], string[]];
  /** Start and end of each token in UTF-16 units of the original text; empty for `vocab`. */
  readonly offsets: T extends string ? [number, number][] : [[number, number][], [number, number][]];
  /** All ids, special tokens included: buckets (`emb`), base-36 numbers of hash + 5 (`pool`, `add`, `proj`), or
   * for `ngram` a list of buckets a token beside special ids 0-4; for `vocab` those of the vocabulary. */
  readonly ids: (number | string | number[])[];
  /** The token type of each id; only for `vocab`. */
  readonly types?: number[];
  readonly truncated: boolean;
}

type Id = number | string | number[];

/** A hash as the reference's ids have it: the 128-bit number at byte `at`, + 5, in base 36. */
function base36(codes: ArrayLike<number>, at: number): string {
  const digits: number[] = [];
  for (let i = 0; i < CODE_BYTES; i++) digits.push(codes[at + i]!);
  digits[CODE_BYTES - 1]! += SPECIAL_TOKENS;
  let text = '';
  // Long division of a number in base 256 by 36, until nothing is left; its last digit may be a little over 255.
  do {
    let rest = 0;
    for (const [i, digit] of digits.entries()) {
      const value = rest * 256 + digit;
      digits[i] = Math.floor(value / 36);
      rest = value % 36;
    }
    text = rest.toString(36) + text;
  } while (digits.some((digit) => digit > 0));
  return text.toUpperCase();
}

/** Ids of ordinary tokens. */
function ordinaryIds(tokens: readonly string[], variant: Variant, hasher: Hasher): Id[] {
  const { lookUp } = VARIANT[variant];
  switch (lookUp) {
    case 'bucket': {
      const { buckets } = hasher.hash(tokens);
      return tokens.map((_, i) => buckets[i]! + SPECIAL_TOKENS);
    }
    case 'code': {
      const { codes } = hasher.hash(tokens);
      return tokens.map((_, i) => base36(codes, i * CODE_BYTES));
    }
    case 'features':
      return hasher.features(tokens);
    case 'id':
      // They come with their ids.
      return [];
    default:
      return lookUp satisfies never;
  }
}

/** What tokenize() says of a sequence. */
export function describe(sequence: Sequence, variant: Variant, hasher: Hasher): Tokenized {
  const { pieces, starts, ends, first, pair, truncated } = sequence;
  const tokens = pieces ?? sequence.tokens;
  const types = sequence.types && { types: Array.from(sequence.types) };
  const ordinary = ordinaryIds(sequence.tokens, variant, hasher);
  // Codes are text, and so are the special tokens beside them.
  const textual = VARIANT[variant].lookUp === 'code';
  let next = 0;
  const ids = Array.from(sequence.ids, (id): Id => {
    if (id === ORDINARY) return ordinary[next++]!;
    return textual ? String(id) : id;
  });
  const offsets = starts.map((start, i) => [start, ends[i]!] as [number, number]);
  if (!pair) return { tokens, offsets, ids, ...types, truncated } as Tokenized<string>;
  return {
    tokens: [tokens.slice(0, first), tokens.slice(first)],
    offsets: [offsets.slice(0, first), offsets.slice(first)],
    ids,
    ...types,
    truncated,
  } as Tokenized<[string, string]>;
}
