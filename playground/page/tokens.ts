import type { ModelFacts, Reading, ShownHash, Token } from '../protocol.ts';
import { bitGrid } from './bits.ts';
import { byId, element } from './dom.ts';
import { grouped, shortened } from './words.ts';

const CODE_BYTES = 16;

/** What a model embeds of a token, in a word or two. */
function inShort({ ids, cut, label }: Token, { variant }: ModelFacts): string {
  if (cut) return 'cut off';
  if (label !== null) return label;
  if (variant === 'ngram') return `${ids.length} ${ids.length === 1 ? 'feature' : 'features'}`;
  if (variant === 'emb') return `bucket ${ids[0]}`;
  return variant === 'vocab' ? `id ${ids[0]}` : '128 bits';
}

/** The same in a sentence. */
function atLength({ ids, cut }: Token, { variant, rows, maxLength }: ModelFacts): string {
  if (cut)
    return `Beyond the ${grouped(maxLength)} tokens that the model reads: it has no part in the result.`;
  switch (variant) {
    case 'ngram':
      return `The model adds up ${ids.length} rows of its ${grouped(rows!)}: ${ids.join(', ')}. They are hashes of the word and of its character n-grams.`;
    case 'emb':
      return `The model looks up row ${ids[0]}, the bucket of its hash, of ${grouped(rows!)} rows and 5 for special tokens.`;
    case 'vocab':
      return `The model looks up row ${ids[0]} of a vocabulary of ${grouped(rows!)}; nothing is hashed.`;
    case 'pool':
      return 'The model embeds the bits of its hash, ten at a time.';
    default:
      return 'The model embeds the bits of its hash.';
  }
}

/** Shows the tokens as buttons, and calls back with the one that is pressed. */
export function showTokens(
  { tokens, codes, more }: Reading,
  facts: ModelFacts,
  hash: ShownHash,
  selected: number,
  onSelect: (index: number) => void,
): void {
  const list = byId('tokens');
  const focused = list.contains(document.activeElement);
  const items = tokens.map((token, i) => {
    const code = codes[hash].subarray(i * CODE_BYTES, (i + 1) * CODE_BYTES);
    const chip = element(
      'button',
      { type: 'button', class: `chip${token.cut ? ' cut' : ''}`, 'aria-pressed': String(i === selected) },
      element('bdi', {}, shortened(token.text)),
      bitGrid(code, 16) as unknown as HTMLElement,
      element('small', {}, inShort(token, facts)),
    );
    chip.addEventListener('click', () => onSelect(i));
    return element('li', {}, chip);
  });
  list.replaceChildren(...items);
  if (focused) list.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
  const read = tokens.filter(({ cut }) => !cut).length;
  const cut = tokens.length - read;
  byId('tokens-lead').textContent = [
    tokens.length === 0
      ? 'There is no token in the text.'
      : `${grouped(read)} ${read === 1 ? 'token' : 'tokens'}.`,
    cut > 0 || more
      ? `The model reads ${grouped(facts.maxLength)} with its special ones; ${more ? 'more than ' : ''}${cut} are cut off.`
      : '',
    tokens.length > 0 ? 'Press one to look into it.' : '',
  ].join(' ');
}

/** What is to say of the selected token. */
export function showToken(token: Token | undefined, facts: ModelFacts): void {
  const name = byId('selected-name');
  name.textContent = shortened(token?.text ?? '');
  byId('selected-facts').textContent =
    token === undefined
      ? ''
      : [
          token.span === null ? '' : `Characters ${token.span[0]} to ${token.span[1]} of the text.`,
          atLength(token, facts),
        ].join(' ');
}
