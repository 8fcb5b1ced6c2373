import { IGNORED_LABEL, ORDINARY } from '../../../assembly/abi.ts';
import type { Sequence } from '../../tokenizer/tokenizer.ts';

/**
 * Labels of tokens from those of words, as BERT has them (Devlin et al. 2019, section 5.3): the first token of a word
 * has its label, all other tokens, special ones too, count nothing. Words that were cut off, or have no token, are lost.
 *
 * @param text words with one space between them
 * @param classes one a word
 * @param sequence the text as the model reads it
 * @returns one an id of the sequence
 */
export function labelTokens(
  text: string,
  classes: readonly number[],
  { ids, starts }: Pick<Sequence, 'ids' | 'starts'>,
): number[] {
  let token = 0;
  let word = 0;
  let labelled = -1;
  let end = text.indexOf(' ');
  return Array.from(ids, (id) => {
    if (id !== ORDINARY) return IGNORED_LABEL;
    const start = starts[token++]!;
    while (end !== -1 && start > end) {
      word++;
      end = text.indexOf(' ', end + 1);
    }
    if (word === labelled) return IGNORED_LABEL;
    labelled = word;
    return classes[word]!;
  });
}
