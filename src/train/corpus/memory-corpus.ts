import { checkTexts } from '../../arguments.ts';
import { HashformerError } from '../../errors.ts';
import { checksum } from '../../wasm/checksum.ts';
import { instantiateModule } from '../../wasm/module.ts';
import { PASSAGE, type Passages } from './passages.ts';

/**
 * Texts in memory as a corpus: each is a paragraph; lines of one are paragraphs of their own.
 *
 * @throws HashformerError `argument`: no texts; `source`: nothing in them
 */
export async function openMemory(texts: readonly string[]): Promise<Passages> {
  if (checkTexts(texts).some((text) => typeof text !== 'string')) {
    throw new HashformerError('argument', 'The texts of a corpus must be strings, not pairs.');
  }
  const paragraphs = texts.flatMap((text) => text.split(/\r?\n/)).filter((line) => line.trim() !== '');
  if (paragraphs.length === 0) {
    throw new HashformerError('source', 'There is no text to train on: all texts are blank.');
  }
  const passages: string[][] = [];
  const encoder = new TextEncoder();
  let bytes = 0;
  let size = PASSAGE;
  for (const paragraph of paragraphs) {
    if (size >= PASSAGE) {
      passages.push([]);
      size = 0;
    }
    passages.at(-1)!.push(paragraph);
    const { length } = encoder.encode(paragraph);
    size += length + 1;
    bytes += length + 1;
  }
  const { exports } = await instantiateModule();
  const digest = checksum(exports, encoder.encode(`${paragraphs.join('\n')}\n`));
  return {
    passages: passages.length,
    paragraphs: paragraphs.length,
    bytes,
    digest,
    read: async (passage) => passages[passage]!,
    close: async () => undefined,
  };
}
