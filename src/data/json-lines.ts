import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';
import type { Block } from './blocks.ts';
import { nameOf } from './format.ts';
import { splitLines } from './lines.ts';
import type { ChooseColumns, RecordOptions, Records } from './table.ts';

/** One JSON value a line: an object with columns or, where `strings` allows it, a string. Blank lines are skipped. */
export async function* readJsonLines(
  blocks: AsyncIterable<Block>,
  { strings = false }: RecordOptions,
  choose: ChooseColumns,
  path: string | null,
): AsyncGenerator<Records> {
  const where = nameOf(path);
  let columns: readonly string[] | undefined;
  const fail = (line: number, problem: string, cause?: unknown): never => {
    throw new HashformerError('source', `${where}, line ${line}: ${problem}.`, { cause });
  };
  const parse = (text: string, line: number): unknown => {
    try {
      return JSON.parse(text);
    } catch (cause) {
      const array = text.startsWith('[') ? '; one object a line is expected, not an array over several' : '';
      return fail(line, `expected JSON, got ${show(text)}${array}`, cause);
    }
  };
  const valuesOf = (value: unknown, line: number): unknown[] => {
    if (typeof value === 'string' && strings) return [value];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return fail(line, `expected an object${strings ? ' or a string' : ''}, got ${show(value)}`);
    }
    const fields = value as Record<string, unknown>;
    columns ??= choose({
      names: Object.keys(fields),
      isText: (name) => typeof fields[name] === 'string',
      where,
    });
    return columns.map((name) => (Object.hasOwn(fields, name) ? fields[name] : undefined));
  };
  for await (const block of blocks) {
    const rows: unknown[][] = [];
    const lines: number[] = [];
    for (const [i, text] of splitLines(block).entries()) {
      if (text.trim() === '') continue;
      const line = block.line + i;
      rows.push(valuesOf(parse(text, line), line));
      lines.push(line);
    }
    yield { rows, place: (i) => `line ${lines[i]}` };
  }
}
