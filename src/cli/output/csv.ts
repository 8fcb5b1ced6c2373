import { optional } from '../../optional.ts';
import { type Column, float32Text, type Row, type RowWriter, type WriteBytes } from './rows.ts';

/** A vector takes a column a number: embedding_0, embedding_1, … */
function header(columns: readonly Column[]): string[] {
  return columns.flatMap((column) =>
    column.type === 'vector'
      ? Array.from({ length: column.size }, (_, i) => `${column.name}_${i}`)
      : [column.name],
  );
}

function fields(row: Row): (string | number | null)[] {
  return row.flatMap((value) => (value instanceof Float32Array ? Array.from(value, float32Text) : [value]));
}

/**
 * CSV as in RFC 4180, but lines end as everywhere else on the system.
 *
 * @throws HashformerError `dependency`
 */
export async function csvWriter(columns: readonly Column[], write: WriteBytes): Promise<RowWriter> {
  const { stringify } = await optional('csv-stringify', 'Writing CSV', () => import('csv-stringify/sync'));
  // Lone carriage returns end lines for many readers, so fields that hold one are quoted as those with newlines are.
  const text = (rows: readonly unknown[][]) => stringify([...rows], { quoted_match: /\r/ });
  let start = text([header(columns)]);
  return {
    write: async (rows) => {
      await write(start + text(rows.map(fields)));
      start = '';
    },
    finish: async () => {
      if (start !== '') await write(start);
    },
  };
}
