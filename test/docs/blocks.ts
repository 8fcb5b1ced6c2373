// The fenced blocks of a Markdown file, each with what the page says of it in a comment.
//
//   ```js, ```ts     run; `// → …` shows what the line before it, or the line that it ends, gives
//   ```sh            run by bash; a ```text block right after it is what stdout gets
//   ```console       `$ command` lines, each with what a terminal would show under it
//   ```csv [a.csv]   a name in brackets: a file that the page's later blocks find
//
//   <!-- setup: COMMANDS -->       run before the block, and not shown
//   <!-- terminal -->              the ```sh block's ```text is what a terminal shows
//   <!-- background -->            the ```sh block goes on until the page's end; its ```text is what it says first
//   <!-- tested by: FILE -->       another test runs the block
//   <!-- not run: REASON -->       a name in REASONS (reasons.ts)

import { readFileSync } from 'node:fs';
import MarkdownIt from 'markdown-it';

export interface Block {
  /** Line of the opening fence, from 1. */
  line: number;
  language: string;
  /** The file that it is, where it has a name. */
  name: string | undefined;
  code: string;
  directives: Map<string, string>;
  /** The ```text block right after it. */
  shown: string | undefined;
}

const markdown = new MarkdownIt({ html: true });
const DIRECTIVE = /<!--\s*(setup|terminal|background|tested by|not run)(?::([\s\S]*?))?\s*-->/g;

/** All fenced blocks of a file in order. */
export function blocksOf(path: string): Block[] {
  const blocks: Block[] = [];
  let directives = new Map<string, string>();
  let previous: Block | undefined;
  for (const token of markdown.parse(readFileSync(path, 'utf8'), {})) {
    if (token.type === 'html_block') {
      for (const [, name, value] of token.content.matchAll(DIRECTIVE))
        directives.set(name!, (value ?? '').trim());
    } else if (token.type === 'fence') {
      const [, language = '', name] = /^(\S*)(?:\s+\[(.+)\])?$/.exec(token.info.trim()) ?? [];
      if (language === 'text' && previous !== undefined && directives.size === 0)
        previous.shown = token.content;
      else {
        previous = {
          line: token.map![0] + 1,
          language,
          name,
          code: token.content,
          directives,
          shown: undefined,
        };
        blocks.push(previous);
        directives = new Map();
        continue;
      }
    } else if (token.type.endsWith('_open') || token.type.endsWith('_close')) {
      continue;
    }
    if (token.type !== 'html_block') directives = new Map();
    previous = undefined;
  }
  return blocks;
}
