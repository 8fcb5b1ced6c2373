import { readFileSync } from 'node:fs';
import type { Pieces } from '../../src/tokenizer/tokenizer.ts';

export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8'));
}

/** A character as test/golden/python_unicode.py found it. */
export interface PythonCharacter {
  /** W: `\w`, S: `\s`, M: a mark or joiner, O: none of these. */
  kind: string;
  /** What Final_Sigma sees. I: skipped, C: cased, N: neither. */
  context: string;
}

/** What Python says of every code point, in order. Regenerate with `python3.11 test/golden/python_unicode.py`. */
export function pythonCharacters(): PythonCharacter[] {
  const { runs } = golden<{ runs: string }>('python-unicode.json');
  return [...runs.matchAll(/([A-Z])([A-Z])([0-9a-z]+)/g)].flatMap(([, kind, context, length]) =>
    new Array<PythonCharacter>(Number.parseInt(length!, 36)).fill({ kind: kind!, context: context! }),
  );
}

/** The lower case of every code point that Python's `str.lower()` changes on its own. */
export function pythonLower(): Map<number, string> {
  return new Map(golden<{ lower: [number, string][] }>('python-unicode.json').lower);
}

export interface PythonTokens {
  text: string;
  reference: Pieces;
  unicode: Pieces;
}

/** Tricky texts as Python cuts them. Regenerate with `python3.11 test/golden/python_tokens.py`. */
export function pythonTokens(): PythonTokens[] {
  type Columns = [string[], number[], number[]];
  const pieces = ([tokens, starts, ends]: Columns): Pieces => ({ tokens, starts, ends });
  return golden<{ text: string; reference: Columns; unicode?: Columns }[]>('python-tokens.json').map(
    ({ text, reference, unicode }) => ({
      text,
      reference: pieces(reference),
      unicode: pieces(unicode ?? reference),
    }),
  );
}
