import type { TokenizerKind } from '../architecture/tokenizer-kinds.ts';
import { type Pieces, split } from './split.ts';
import type { Text } from './text.ts';

/** The ids of the special tokens `<s>`, `<pad>`, `</s>`, `<unk>` and `<mask>`, as RoBERTa has them. */
export const SPECIAL = { bos: 0, pad: 1, eos: 2, unk: 3, mask: 4 } as const;

/** A text, or a pair, as the model reads it. */
export interface Sequence {
  /** A special token's id, or -1 for the next of `tokens`; with a vocabulary, its ids. */
  ids: Int32Array;
  /** The type of each id; only with a vocabulary. */
  types?: Int32Array;
  /** The pieces that the ids stand for, special tokens left out; only with a vocabulary, which leaves `tokens` empty. */
  pieces?: string[];
  /** How many special tokens stand before the pieces of a single text; only with a vocabulary. */
  leading?: number;
  /** The ordinary tokens that were kept, those of text A before those of text B. */
  tokens: string[];
  /** UTF-16 offset of each token's first code unit, in its own text as given; none with a vocabulary. */
  starts: number[];
  /** UTF-16 offset after each token's last code unit. */
  ends: number[];
  /** How many of the tokens, or of the pieces, belong to text A. */
  first: number;
  /** Whether the text was a pair. */
  pair: boolean;
  /** Whether tokens were cut off. */
  truncated: boolean;
}

/** Makes a sequence of a text; a model with a vocabulary has its own way. */
export type Assemble = (text: Text, kind: TokenizerKind, maxLength: number) => Sequence;

/**
 * Tokenises a text and puts it between special tokens: `<s> A </s>`, or `<s> A </s></s> B </s>` for a pair.
 *
 * What is too long is cut as the reference does. One text: to `maxLength` - 2 tokens. A pair, with
 * t = floor(`maxLength` / 2) - 2: both to t tokens if the shorter has at least t, else the longer to what is left.
 * Where not even the special tokens fit, the first `maxLength` of them remain.
 *
 * @param text one text or a pair
 * @param kind see {@link TokenizerKind}
 * @param maxLength most ids that the result may have, special tokens included; an integer of 0 or more
 */
export function assemble(text: Text, kind: TokenizerKind, maxLength: number): Sequence {
  const pair = typeof text !== 'string';
  const specials = pair ? 4 : 2;
  const room = Math.max(maxLength - specials, 0);
  // A text of more than `room` tokens is too long by however many: the rest need not be found.
  let pieces = split(pair ? text[0] : text, kind, room);
  const found = pieces.tokens.length;
  let first = Math.min(found, room);
  let second = 0;
  let truncated = first < found;
  if (pair) {
    const others = split(text[1], kind, room);
    [first, second] = share(found, others.tokens.length, room);
    truncated = first < found || second < others.tokens.length;
    pieces = join(cut(pieces, first), cut(others, second));
  }

  const ids = new Int32Array(first + second + specials).fill(-1);
  ids[0] = SPECIAL.bos;
  ids[first + 1] = ids[first + second + specials - 1] = SPECIAL.eos;
  if (pair) ids[first + 2] = SPECIAL.eos;
  return { ids: ids.slice(0, maxLength), ...cut(pieces, first + second), first, pair, truncated };
}

/** How many tokens of each text of a pair are kept, `room` at most. */
function share(left: number, right: number, room: number): [number, number] {
  if (left + right <= room) return [left, right];
  const half = Math.floor(room / 2);
  if (Math.min(left, right) >= half) return [half, half];
  return left > right ? [room - right, right] : [left, room - left];
}

function cut(pieces: Pieces, length: number): Pieces {
  pieces.tokens.length = pieces.starts.length = pieces.ends.length = length;
  return pieces;
}

function join(a: Pieces, b: Pieces): Pieces {
  return {
    tokens: a.tokens.concat(b.tokens),
    starts: a.starts.concat(b.starts),
    ends: a.ends.concat(b.ends),
  };
}
