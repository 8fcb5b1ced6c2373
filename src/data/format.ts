export const INPUT_FORMATS = ['txt', 'jsonl', 'csv', 'tsv', 'parquet'] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** A file with texts or records; a null path is stdin, a null size one that cannot be known. */
export interface FileSource {
  readonly path: string | null;
  readonly format: InputFormat;
  readonly size: number | null;
}

export const FORMAT_OF_ENDING: Readonly<Record<string, InputFormat>> = {
  txt: 'txt',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  csv: 'csv',
  tsv: 'tsv',
  parquet: 'parquet',
};

/** A source as sentences call it. */
export function nameOf(path: string | null): string {
  return path === null ? 'Standard input' : `"${path}"`;
}

/** What follows a path's last dot, in small letters; '' where nothing does. */
export function ending(path: string): string {
  return /\.(\w{1,10})$/.exec(path)?.[1]?.toLowerCase() ?? '';
}
