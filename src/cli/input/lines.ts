import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import type { Text } from '../../tokenizer/text.ts';
import type { InputOptions } from '../options.ts';
import type { Block } from './blocks.ts';
import { chooseColumns, type TextColumns } from './columns.ts';

type Fields = Record<string, unknown>;

function splitLines({ bytes }: Block): string[] {
  const lines = bytes.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

/** One text a line; an empty line is an empty text, so that answers keep in step with lines. */
export async function* readText(blocks: AsyncIterable<Block>): AsyncGenerator<Text[]> {
  for await (const block of blocks) yield splitLines(block);
}

/** One JSON value a line: an object with columns, or a string. Blank lines are skipped. */
export async function* readJsonLines(
  blocks: AsyncIterable<Block>,
  options: InputOptions,
  where: string,
): AsyncGenerator<Text[]> {
  let columns: TextColumns | undefined;
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
  const field = (fields: Fields, name: string, line: number): string => {
    const value = fields[name];
    if (typeof value === 'string') return value;
    return fail(
      line,
      `expected a string under ${show(name)}, got ${value === undefined ? 'nothing' : show(value)}`,
    );
  };
  const textOf = (value: unknown, line: number): Text => {
    if (typeof value === 'string' && options.pairColumn === undefined) return value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return fail(line, `expected an object${options.pairColumn ? '' : ' or a string'}, got ${show(value)}`);
    }
    const fields = value as Fields;
    columns ??= chooseColumns(
      Object.keys(fields),
      (name) => typeof fields[name] === 'string',
      options,
      where,
    );
    const text = field(fields, columns.text, line);
    return columns.pair === null ? text : [text, field(fields, columns.pair, line)];
  };
  for await (const block of blocks) {
    yield splitLines(block).flatMap((text, i) => {
      const line = block.line + i;
      return text.trim() === '' ? [] : [textOf(parse(text, line), line)];
    });
  }
}
