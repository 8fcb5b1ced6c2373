import type { SchemaElement } from 'hyparquet';
import { optional } from '../../optional.ts';
import type { Column, Row, RowWriter, WriteBytes } from './rows.ts';

/** Numbers and texts of a row group: what memory holds at once. */
const GROUP_VALUES = 500_000;
const MOST_ROWS = 20_000;

function elementsOf(column: Column): SchemaElement[] {
  const { name } = column;
  const repetition_type = 'nullable' in column && column.nullable ? 'OPTIONAL' : 'REQUIRED';
  switch (column.type) {
    case 'text':
      return [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type }];
    case 'float':
      return [{ name, type: 'FLOAT', repetition_type }];
    case 'integer':
      return [{ name, type: 'INT32', repetition_type }];
    case 'vector':
      return [
        { name, repetition_type: 'REQUIRED', converted_type: 'LIST', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
      ];
  }
}

/**
 * Parquet, a row group at a time; readable when finish() has written the footer.
 *
 * @throws HashformerError `dependency`
 */
export async function parquetWriter(columns: readonly Column[], write: WriteBytes): Promise<RowWriter> {
  const { ByteWriter, ParquetWriter } = await optional(
    'hyparquet-writer',
    'Writing Parquet',
    () => import('hyparquet-writer'),
  );
  const bytes = new ByteWriter();
  const flush = async () => {
    // The buffer is used again, so what is written must be a copy.
    const data = bytes.getBytes().slice();
    bytes.index = 0;
    await write(data);
  };
  const file = new ParquetWriter({
    writer: bytes,
    schema: [{ name: 'root', num_children: columns.length }, ...columns.flatMap(elementsOf)],
    createdBy: 'hashformer',
  });
  const width = columns.reduce((sum, column) => sum + (column.type === 'vector' ? column.size : 1), 0);
  const most = Math.max(1, Math.min(MOST_ROWS, Math.floor(GROUP_VALUES / width)));
  let pending: Row[] = [];

  const writeGroup = async (rows: readonly Row[]) => {
    const columnData = columns.map(({ name }, i) => {
      const values = rows.map((row) => row[i]!);
      return {
        name,
        data: values.map((value) => (value instanceof Float32Array ? Array.from(value) : value)),
      };
    });
    file.write({ columnData, rowGroupSize: rows.length });
    await flush();
  };
  return {
    write: async (rows) => {
      pending.push(...rows);
      while (pending.length >= most) {
        const group = pending.slice(0, most);
        pending = pending.slice(most);
        await writeGroup(group);
      }
    },
    finish: async () => {
      if (pending.length > 0) await writeGroup(pending);
      file.finish();
      await flush();
    },
  };
}
