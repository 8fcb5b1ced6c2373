import { HashformerError } from '../../errors.ts';

/** A paragraph's tokens and where it is, in whatever way the caller finds it again. */
export interface TokenizedParagraph<Token, Place> {
  readonly tokens: readonly Token[];
  readonly place: Place;
}

export interface PackedSequence<Token, Place> {
  readonly tokens: Token[];
  /** Where the next sequence begins: which paragraph, and which of its tokens. Null after the last. */
  readonly next: { readonly place: Place; readonly token: number } | null;
}

/**
 * Packs paragraphs into sequences: whole paragraphs one after another while they fit; only one that fits into no
 * sequence is cut, and its rest goes on with the next paragraph. A sequence follows from where it begins alone, so a
 * run that goes on from any `next` gets the sequences that it would have had.
 *
 * @param capacity the most tokens of a sequence, special ones not counted: the configured length less 2
 * @param token where in the first paragraph to begin
 */
export async function* pack<Token, Place>(
  paragraphs: AsyncIterable<TokenizedParagraph<Token, Place>>,
  capacity: number,
  token = 0,
): AsyncGenerator<PackedSequence<Token, Place>> {
  if (!(capacity >= 1)) {
    throw new HashformerError(
      'argument',
      `A sequence must hold at least 1 token, but would hold ${capacity}.`,
    );
  }
  let sequence: Token[] = [];
  let at = token;
  for await (const { tokens, place } of paragraphs) {
    if (sequence.length > 0 && sequence.length + tokens.length > capacity) {
      yield { tokens: sequence, next: { place, token: 0 } };
      sequence = [];
    }
    while (tokens.length - at > capacity) {
      const start = at;
      at += capacity;
      yield { tokens: tokens.slice(start, at), next: { place, token: at } };
    }
    for (; at < tokens.length; at++) sequence.push(tokens[at]!);
    at = 0;
  }
  if (sequence.length > 0) yield { tokens: sequence, next: null };
}
