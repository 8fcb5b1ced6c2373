import { optional } from '../../optional.ts';
import { printable } from './printable.ts';
import type { Column, RowWriter, Value, WriteBytes } from './rows.ts';

const GAP = 2;
const NARROWEST_TEXT = 12;
const NUMBER_WIDTH = 8;
const VECTOR_WIDTH = 46;
const SHOWN_NUMBERS = 4;
const WIDTH_WITHOUT_TERMINAL = 100;

/** Everything that cli-table3 would draw around cells. */
const LINES = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
];

function cell(value: Value, { type }: Column): string {
  if (value === null) return '';
  if (typeof value === 'string') return printable(value);
  if (typeof value === 'number') return type === 'integer' ? String(value) : value.toFixed(4);
  const first = Array.from(value.subarray(0, SHOWN_NUMBERS), (number) => number.toFixed(4).padStart(7));
  return `${first.join(' ')} … ${value.length} numbers`;
}

/** Widths that fill the terminal: text columns share what the others leave. */
function widths(columns: readonly Column[], terminal: number): number[] {
  const fixed = columns.map((column) => {
    if (column.type === 'vector') return VECTOR_WIDTH;
    if (column.type === 'text' && column.width === undefined) return null;
    return Math.max(column.width ?? NUMBER_WIDTH, column.name.length);
  });
  const texts = fixed.filter((width) => width === null).length;
  const used = fixed.reduce<number>((sum, width) => sum + (width ?? 0), GAP * (columns.length - 1));
  const text = Math.max(NARROWEST_TEXT, Math.floor((terminal - 1 - used) / Math.max(texts, 1)));
  return fixed.map((width) => width ?? text);
}

/** Whether to print in bold: https://no-color.org, and terminals that say that they cannot. */
function styled(toTerminal: boolean): boolean {
  return toTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

/**
 * A table whose widths are known before the first row, so that rows appear as they are computed.
 *
 * @throws HashformerError `dependency`
 */
export async function tableWriter(
  columns: readonly Column[],
  write: WriteBytes,
  toTerminal: boolean,
): Promise<RowWriter> {
  const { default: Table } = await optional(
    'cli-table3',
    'Printing a table (--jsonl needs none)',
    () => import('cli-table3'),
  );
  const terminal =
    (toTerminal && process.stdout.columns) || Number(process.env.COLUMNS) || WIDTH_WITHOUT_TERMINAL;
  const colWidths = widths(columns, terminal);
  const text = (rows: readonly string[][]) => {
    const table = new Table({
      chars: { ...Object.fromEntries(LINES.map((name) => [name, ''])), middle: ' '.repeat(GAP) },
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
      colWidths,
      colAligns: columns.map(({ type }) => (type === 'text' || type === 'vector' ? 'left' : 'right')),
    });
    table.push(...rows.map((row) => [...row]));
    // Nothing is gained by the spaces after a last short column.
    return `${table.toString().replace(/ +$/gm, '')}\n`;
  };
  let head = text([columns.map(({ name }) => name)]);
  if (styled(toTerminal)) head = `\u001b[1m${head.trimEnd()}\u001b[22m\n`;
  return {
    write: async (rows) => {
      if (rows.length === 0) return;
      await write(head + text(rows.map((row) => row.map((value, i) => cell(value, columns[i]!)))));
      head = '';
    },
    finish: async () => undefined,
  };
}
