import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';

/**
 * Characters (code points) of a token that its pieces are taken from: the rest is left out. The hyphenated
 * string grows with the square of the length, so a bound is needed; the slowest tokens of 64 (emoji, hyphens)
 * take about 50 ms, ordinary ones less than 10.
 */
export const LONGEST_TOKEN = 64;

/** What a numpy generator can be seeded with, as the hash does with ids. */
const LARGEST_ID = 0xffff_ffff;
/** Settings of a BPE model that byte-level BPE as GPT-2 and RoBERTa have it does not use. */
const FOREIGN_SETTINGS = [
  'dropout',
  'continuing_subword_prefix',
  'end_of_word_suffix',
  'byte_fallback',
  'ignore_merges',
] as const;

/** A feature of the reference's LSH: a BPE piece's RoBERTa id, and how much its Gaussian vector counts. */
export interface WeightedPiece {
  id: number;
  weight: number;
}

export interface Bpe {
  /** The weighted pieces of a token, each piece once, in the order of first occurrence; `[]` for ''. */
  pieces(token: string): WeightedPiece[];
  /** A string's pieces in their byte-level spelling. */
  bpe(token: string): string[];
}

/**
 * Makes the features of the reference's LSH (HashFormers, Xue and Aletras, EMNLP 2022, arXiv 2210.07904) from a
 * parsed RoBERTa `tokenizer.json`, through the optional package @huggingface/tokenizers.
 *
 * The features of a token w of n characters are the BPE pieces of `w-w1-…-w(n-1)`, where wi is w with `-` after
 * its first i characters, without a space in front; the piece `-` is left out when there are others. A piece that
 * occurs c times weighs c / max(n + 1 - length of the piece in its byte-level spelling, 1).
 *
 * Only the vocabulary and the merges are used: special tokens have no meaning inside a token.
 *
 * @throws HashformerError `tokenizer` where the file is no byte-level BPE that covers every string, `dependency`
 *   where the package is not installed
 */
export async function loadBpe(tokenizerJson: unknown): Promise<Bpe> {
  const { vocab, merges } = checkedModel(tokenizerJson);
  const { Tokenizer } = await import('@huggingface/tokenizers').catch((cause: unknown) => {
    throw new HashformerError(
      'dependency',
      'The hash "lsh" counts BPE pieces, which takes the package @huggingface/tokenizers; run ' +
        '`npm install @huggingface/tokenizers`.',
      { cause },
    );
  });
  const tokenizer = new Tokenizer(
    {
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      post_processor: null,
      decoder: null,
      model: { type: 'BPE', vocab: Object.fromEntries(vocab), merges },
    },
    {},
  );
  const bpe = (text: string): string[] => tokenizer.tokenize(text);

  function pieces(token: string): WeightedPiece[] {
    const characters: string[] = [];
    for (const character of token) {
      if (characters.push(character) === LONGEST_TOKEN) break;
    }
    const spellings = characters.map((_, i) =>
      [characters.slice(0, i), characters.slice(i)].map((part) => part.join('')).join(i ? '-' : ''),
    );
    const counts = new Map<string, number>();
    for (const piece of bpe(spellings.join('-'))) counts.set(piece, (counts.get(piece) ?? 0) + 1);
    if (counts.size > 1) counts.delete('-');
    return Array.from(counts, ([piece, count]) => ({
      id: vocab.get(piece)!,
      weight: count / Math.max(characters.length + 1 - piece.length, 1),
    }));
  }

  return { pieces, bpe };
}

/** Vocabulary and merges, such that every byte has a symbol and every merge leads to a piece with an id. */
function checkedModel(json: unknown): { vocab: Map<string, number>; merges: [string, string][] } {
  const { model, normalizer, pre_tokenizer: split } = fieldsOf(json, 'the file');
  const { type, vocab: ids, merges: pairs, ...settings } = fieldsOf(model, '"model"');
  if (type !== undefined && type !== 'BPE') throw unusable(`"model.type" must be "BPE", got ${show(type)}`);
  if (normalizer) throw unusable(`"normalizer" must be null, got ${show(normalizer)}`);
  const { type: splitType, add_prefix_space: space } = fieldsOf(split, '"pre_tokenizer"');
  if (splitType !== 'ByteLevel' || space) {
    throw unusable('"pre_tokenizer" must be of type "ByteLevel" without "add_prefix_space"');
  }
  for (const name of FOREIGN_SETTINGS) {
    if (settings[name]) throw unusable(`"model.${name}" must be unset, got ${show(settings[name])}`);
  }

  const vocab = new Map<string, number>();
  for (const [piece, id] of Object.entries(fieldsOf(ids, '"model.vocab"'))) {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > LARGEST_ID) {
      throw unusable(`the id of ${show(piece)} must be an integer from 0 to ${LARGEST_ID}, got ${show(id)}`);
    }
    vocab.set(piece, id as number);
  }
  for (const symbol of byteSymbols()) {
    if (!vocab.has(symbol)) throw unusable(`"model.vocab" lacks the byte symbol ${show(symbol)}`);
  }

  if (!Array.isArray(pairs)) throw unusable(`"model.merges" must be an array, got ${show(pairs)}`);
  const merges = pairs.map((merge: unknown, i): [string, string] => {
    const [left, right, ...rest] =
      typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
    if (typeof left !== 'string' || typeof right !== 'string' || rest.length > 0) {
      throw unusable(`"model.merges[${i}]" must be two pieces, got ${show(merge)}`);
    }
    for (const piece of [left, right, left + right]) {
      if (!vocab.has(piece))
        throw unusable(`"model.merges[${i}]" needs ${show(piece)}, which "model.vocab" lacks`);
    }
    return [left, right];
  });
  return { vocab, merges };
}

/** GPT-2's spelling of the 256 bytes: printable Latin-1 as itself, the rest from U+0100 on. */
function byteSymbols(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(/[!-~¡-¬®-ÿ]/.test(String.fromCharCode(byte)) ? byte : next++),
  );
}

function fieldsOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unusable(`${name} must be an object, got ${show(value)}`);
  }
  return value as Record<string, unknown>;
}

function unusable(problem: string): HashformerError {
  return new HashformerError(
    'tokenizer',
    `tokenizer.json is no byte-level BPE as RoBERTa's: ${problem}; take the tokenizer.json of roberta-base.`,
  );
}
