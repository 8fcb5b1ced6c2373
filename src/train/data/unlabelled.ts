import { fileSource } from '../../data/file-source.ts';
import type { InputFormat } from '../../data/format.ts';
import { readTextFile, type TextOptions } from '../../data/text-file.ts';
import type { Text } from '../../tokenizer/text.ts';

/** Files of texts without labels: one a line, or those of a column. */
export interface UnlabelledFiles {
  readonly files: readonly string[];
  /** Of all files, whatever their ending. */
  readonly format?: InputFormat;
  readonly textColumn?: string;
}

/**
 * All texts of files, one a line of text files, or those of a column: what a teacher labels. Blank ones are left out.
 *
 * @throws HashformerError `source`, `argument`, `dependency`
 */
export async function readUnlabelled(
  { files, format }: UnlabelledFiles,
  options: TextOptions,
  signal: AbortSignal,
): Promise<Text[]> {
  const found: Text[] = [];
  for (const path of files) {
    const source = await fileSource(path, format);
    const meter = { total: source.size, done: 0 };
    for await (const texts of readTextFile(source, options, meter, signal)) {
      for (const text of texts) if (String(text).trim() !== '') found.push(text);
    }
  }
  return found;
}
