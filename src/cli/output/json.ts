import { type Column, float32Text, type Row, type RowWriter, type Value, type WriteBytes } from './rows.ts';

function valueText(value: Value): string {
  return value instanceof Float32Array
    ? `[${Array.from(value, float32Text).join(',')}]`
    : JSON.stringify(value);
}

function rowText(columns: readonly Column[], row: Row): string {
  return `{${columns.map(({ name }, i) => `${JSON.stringify(name)}:${valueText(row[i]!)}`).join(',')}}`;
}

/** One object a line. */
export function jsonLinesWriter(columns: readonly Column[], write: WriteBytes): RowWriter {
  return {
    write: (rows) => write(rows.map((row) => `${rowText(columns, row)}\n`).join('')),
    finish: async () => undefined,
  };
}

/** One array, an object a line. */
export function jsonWriter(columns: readonly Column[], write: WriteBytes): RowWriter {
  let separator = '[\n';
  return {
    write: async (rows) => {
      if (rows.length === 0) return;
      await write(separator + rows.map((row) => rowText(columns, row)).join(',\n'));
      separator = ',\n';
    },
    finish: () => write(separator === '[\n' ? '[]\n' : '\n]\n'),
  };
}
