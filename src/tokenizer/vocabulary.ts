import type { HashFormerConfig } from '../architecture/config.ts';
import { HashformerError } from '../errors.ts';
import type { Sequence } from './assemble.ts';
import { type BertNormalization, normalizeBert } from './bert-normalizer.ts';
import { type Item, keptLengths, specialCount } from './template.ts';
import type { Text } from './text.ts';
import { readTokenizerJson } from './tokenizer-json.ts';

/** The tokeniser of a model with a vocabulary. */
export interface Vocabulary {
  /** Most ids of a sequence, special tokens included: what the positions and the tokenizer.json allow. */
  readonly maxLength: number;
  /**
   * Tokenises a text or a pair and puts it between special tokens, as the tokenizer.json says.
   *
   * @throws HashformerError `tokenizer`: the library failed
   */
  assemble(text: Text): Sequence;
  /** All pieces of a text, without special tokens. */
  cut(text: string): Piece[];
  /** Special tokens around the ids of one text: a sequence's ids and types, and the place of the text's first. */
  frame(ids: readonly number[]): { ids: Int32Array; types: Int32Array; first: number };
  /** Special tokens that frame() adds. */
  readonly specials: number;
  /** The id of [MASK] or <mask>, where there is one. */
  readonly mask: number | undefined;
}

export interface Piece {
  readonly text: string;
  readonly id: number;
}

/** The settings of the configuration that decide how its texts are read. */
type VocabularyConfig = Pick<HashFormerConfig, 'max_length' | 'type_vocab_size' | 'vocab_size'> & {
  readonly token_types?: unknown;
};

/** The library's, where it matters here. */
interface Normalizer {
  readonly config?: BertNormalization & { readonly type?: string };
  /** Of a sequence, its parts. */
  readonly normalizers?: (Normalizer | null)[];
}

interface Encoded {
  readonly ids: readonly (number | undefined)[];
  readonly tokens: readonly string[];
}

/** BPE, WordPiece or Unigram over the parsed tokenizer.json, by @huggingface/tokenizers: without special tokens. */
async function loadLibrary(json: object): Promise<(text: string) => Encoded> {
  const { Tokenizer } = await import('@huggingface/tokenizers').catch((cause: unknown) => {
    throw new HashformerError(
      'dependency',
      'The variant "vocab" cuts texts by a tokenizer.json, which takes the package @huggingface/tokenizers; run ' +
        '`npm install @huggingface/tokenizers`.',
      { cause },
    );
  });
  const broken = (cause: unknown, what: string): never => {
    throw new HashformerError(
      'tokenizer',
      `tokenizer.json cannot be used: @huggingface/tokenizers ${what} with: ${(cause as Error)?.message}.`,
      { cause },
    );
  };
  try {
    const tokenizer = new Tokenizer(
      {
        added_tokens: [],
        normalizer: null,
        pre_tokenizer: null,
        decoder: null,
        ...json,
        post_processor: null,
      },
      {},
    );
    // Its BertNormalizer leaves ideographs beyond U+FFFF together and treats a final sigma as JavaScript does.
    const normalizer = tokenizer.normalizer as Normalizer | null;
    for (const part of normalizer?.normalizers ?? [normalizer]) {
      const config = part?.config;
      if (config?.type === 'BertNormalizer') {
        Object.assign(part!, { normalize: (text: string) => normalizeBert(text, config) });
      }
    }
    return (text) => {
      try {
        return tokenizer.encode(text, { add_special_tokens: false });
      } catch (cause) {
        return broken(cause, 'failed on a text');
      }
    };
  } catch (cause) {
    return broken(cause, 'refused it');
  }
}

/**
 * Makes the tokeniser of a model from its parsed tokenizer.json. Padding is ignored, as batches have none.
 *
 * @throws HashformerError `tokenizer`: not usable, or not of this model; `dependency`
 */
export async function createVocabulary(json: unknown, config: VocabularyConfig): Promise<Vocabulary> {
  const { template, truncation, mask } = readTokenizerJson(json, config.vocab_size!);
  const { token_types = config.type_vocab_size > 1 } = config;
  const types = [...template.single, ...template.pair].map(({ type }) => type);
  if (token_types && Math.max(...types) >= config.type_vocab_size) {
    throw new HashformerError(
      'tokenizer',
      `tokenizer.json gives tokens the type ${Math.max(...types)}, but the model has only ${config.type_vocab_size} ` +
        'token types ("type_vocab_size").',
    );
  }
  const maxLength = Math.min(config.max_length, truncation.maxLength);
  const specials = Math.max(specialCount(template.single), specialCount(template.pair));
  if (specials > maxLength) {
    throw new HashformerError(
      'tokenizer',
      `tokenizer.json adds ${specials} special tokens to a text, but a sequence may have ${maxLength} tokens.`,
    );
  }
  const encode = await loadLibrary(json as object);

  function cut(text: string): Piece[] {
    const { ids, tokens } = encode(text);
    // What has no id, and no <unk> stands for it, is left out, as by Hugging Face's tokenizers.
    return tokens.flatMap((token, i) => (ids[i] === undefined ? [] : [{ text: token, id: ids[i] }]));
  }

  /** A template's special tokens, and the ids of texts in their places. */
  function place(items: readonly Item[], texts: readonly (readonly number[])[]) {
    const rows = items.flatMap((item) =>
      'id' in item ? [item] : texts[item.text]!.map((id) => ({ id, type: item.type })),
    );
    return {
      ids: Int32Array.from(rows, ({ id }) => id),
      types: Int32Array.from(rows, ({ type }) => (token_types ? type : 0)),
    };
  }

  const leading = template.single.findIndex((item) => 'text' in item);

  function assemble(text: Text): Sequence {
    const pair = typeof text !== 'string';
    const items = pair ? template.pair : template.single;
    const found = (pair ? text : [text]).map(cut);
    const [first = [], second = []] = found;
    const room = maxLength - specialCount(items);
    const lengths = keptLengths(first.length, second.length, room, truncation.strategy);
    const kept = [first, second].map((tokens, i) => {
      const start = truncation.direction === 'Left' ? tokens.length - lengths[i]! : 0;
      return tokens.slice(start, start + lengths[i]!);
    });
    return {
      ...place(
        items,
        kept.map((pieces) => pieces.map(({ id }) => id)),
      ),
      pieces: kept.flat().map((piece) => piece.text),
      leading,
      tokens: [],
      starts: [],
      ends: [],
      first: lengths[0],
      pair,
      truncated: lengths[0] < first.length || lengths[1] < second.length,
    };
  }

  return {
    maxLength,
    assemble,
    cut,
    frame: (ids) => ({ ...place(template.single, [ids]), first: leading }),
    specials: specialCount(template.single),
    mask,
  };
}
