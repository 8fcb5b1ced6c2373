import type { Text } from '../../tokenizer/text.ts';

/** What a column of the answer holds, and how wide it may be in a table on a terminal. */
export type Column =
  | { readonly name: string; readonly type: 'text'; readonly width?: number; readonly nullable?: boolean }
  | {
      readonly name: string;
      readonly type: 'float' | 'integer';
      readonly width?: number;
      readonly nullable?: boolean;
    }
  | { readonly name: string; readonly type: 'vector'; readonly size: number };

export type Value = string | number | Float32Array | null;

/** One value a column, in their order. */
export type Row = readonly Value[];

/** Writes rows in one format. */
export interface RowWriter {
  write(rows: readonly Row[]): Promise<void>;
  /** Writes what belongs after the last row. */
  finish(): Promise<void>;
}

/** Takes bytes; see sink.ts. */
export type WriteBytes = (data: string | Uint8Array) => Promise<void>;

/** The columns that repeat the input. */
export function textColumns(pairs: boolean): Column[] {
  const text: Column = { name: 'text', type: 'text' };
  return pairs ? [text, { name: 'text_pair', type: 'text', nullable: true }] : [text];
}

export function textValues(text: Text, pairs: boolean): Value[] {
  if (typeof text === 'string') return pairs ? [text, null] : [text];
  return [...text];
}

/** A decimal number of at most 9 digits that reads back as the same float32. */
export function float32Text(value: number): string {
  const eight = Number(value.toPrecision(8));
  return String(Math.fround(eight) === value ? eight : Number(value.toPrecision(9)));
}
