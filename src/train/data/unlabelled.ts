import { fileSource } from '../../data/file-source.ts';
import { readTextFile, type TextOptions } from '../../data/text-file.ts';
import type { Text } from '../../tokenizer/text.ts';
import type { UnlabelledFiles } from '../teacher/lessons.ts';

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
