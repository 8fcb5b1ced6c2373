import type { Reading } from '../protocol.ts';
import { byId, element } from './dom.ts';

/** The text that is typed, over a copy of it in which tokens are marked. */
export class Editor {
  readonly #input = byId<HTMLTextAreaElement>('text');
  readonly #copy = byId('marks');

  constructor(onText: () => void, onCursor: () => void) {
    this.#input.addEventListener('input', onText);
    document.addEventListener('selectionchange', () => {
      if (document.activeElement === this.#input) onCursor();
    });
    this.#input.addEventListener('scroll', () => {
      this.#copy.scrollTop = this.#input.scrollTop;
    });
  }

  get text(): string {
    return this.#input.value;
  }

  set text(text: string) {
    this.#input.value = text;
  }

  get cursor(): number {
    return this.#input.selectionStart;
  }

  /** Marks tokens; nothing, where the text has changed since it was read. */
  mark(text: string, { tokens, start, end }: Reading, selected: number): void {
    if (text !== this.text) return;
    const parts: (Node | string)[] = [];
    let at = 0;
    for (const [i, { span, cut }] of tokens.entries()) {
      // Two tokens may share a character: a dot above that belongs to its İ.
      if (span === null || span[0] < at) continue;
      const kind = cut ? 'cut' : i % 2 === 0 ? 'even' : 'odd';
      parts.push(
        text.slice(at, span[0]),
        element('mark', { class: `${kind}${i === selected ? ' selected' : ''}` }, text.slice(...span)),
      );
      at = span[1];
    }
    // A line break at the end takes a line only if something follows.
    parts.push(`${text.slice(at)}\u200b`);
    this.#copy.replaceChildren(...parts);
    byId('looked-at').textContent =
      start === 0 && end === text.length
        ? ''
        : 'Tokens, bits and attention below are those of the line with the cursor.';
  }
}
