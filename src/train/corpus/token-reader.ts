import { ORDINARY } from '../../../assembly/abi.ts';
import type { HashFormerConfig } from '../../architecture/config.ts';
import { HashformerError } from '../../errors.ts';
import { loadTokenizer } from '../../model/create.ts';
import { SPECIAL, split } from '../../tokenizer/tokenizer.ts';
import type { Token } from '../objective/objective.ts';

/** Cuts texts into tokens, and makes sequences of tokens of one text or more. */
export interface TokenReader {
  /** Most tokens of a sequence. */
  readonly maxLength: number;
  /** The same, special ones not counted. */
  readonly capacity: number;
  /** The id of <mask>. */
  readonly mask: number;
  cut(text: string): Token[];
  /** Special tokens around the ids of tokens; `first` is the place of the first of these. */
  frame(ids: readonly number[]): { ids: Int32Array; types?: Int32Array; first: number };
}

/**
 * @param tokenizer the tokenizer.json that the variant `vocab` needs
 * @throws HashformerError `tokenizer`, `dependency`: as loading such a model, or it has nothing to hide tokens with
 */
export async function createTokenReader(config: HashFormerConfig, tokenizer: unknown): Promise<TokenReader> {
  const vocabulary =
    config.variant === 'vocab' ? (await loadTokenizer(config, tokenizer, undefined))?.vocabulary : undefined;
  if (vocabulary === undefined) {
    return {
      maxLength: config.max_length,
      capacity: config.max_length - 2,
      mask: SPECIAL.mask,
      cut: (text) => split(text, config.tokenizer).tokens.map((token) => ({ text: token, id: ORDINARY })),
      frame: (ids) => ({ ids: Int32Array.of(SPECIAL.bos, ...ids, SPECIAL.eos), first: 1 }),
    };
  }
  const { cut, frame, mask, specials, maxLength } = vocabulary;
  if (mask === undefined) {
    throw new HashformerError(
      'tokenizer',
      'The tokenizer.json has neither [MASK] nor <mask>, which pre-training hides tokens with; add one of them.',
    );
  }
  return { maxLength, capacity: maxLength - specials, mask, cut, frame };
}
