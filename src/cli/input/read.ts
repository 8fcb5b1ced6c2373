import type { Meter } from '../../data/meter.ts';
import { readTextFile } from '../../data/text-file.ts';
import type { Text } from '../../tokenizer/text.ts';
import type { InputOptions } from '../common-options.ts';
import type { Source } from './sources.ts';

/** A meter for these sources, at its start. */
export function meterFor(sources: readonly Source[]): Meter {
  let total: number | null = 0;
  for (const source of sources) {
    const size = 'text' in source ? source.text.length : source.size;
    total = total === null || size === null ? null : total + size;
  }
  return { total, done: 0 };
}

/**
 * All texts, in order, in lists of what was there at once.
 *
 * @param pair the second half of pairs whose first halves are arguments
 */
export async function* readTexts(
  sources: readonly Source[],
  options: InputOptions & { pair?: string },
  meter: Meter,
  signal: AbortSignal,
): AsyncGenerator<Text[]> {
  let texts: Text[] = [];
  for (const source of sources) {
    if ('text' in source) {
      texts.push(options.pair === undefined ? source.text : [source.text, options.pair]);
      meter.done += source.text.length;
      continue;
    }
    if (texts.length > 0) yield texts;
    texts = [];
    yield* readTextFile(source, options, meter, signal);
  }
  if (texts.length > 0) yield texts;
}
