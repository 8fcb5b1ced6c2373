import type { HashFormer, Text } from '../index.ts';
import { show } from '../show.ts';
import { invalid, tooLarge } from './http-refusal.ts';
import type { Metrics } from './metrics.ts';
import type { Limits } from './server-options.ts';

/** What clients are told that a request took. */
export interface Usage {
  prompt_tokens: number;
  total_tokens: number;
}

/**
 * The texts of a request.
 *
 * @param pairs whether pairs of texts are texts here
 * @throws Refusal 400, 413
 */
export function checkTexts(param: string, value: unknown, pairs: boolean, limits: Limits): Text[] {
  const expected = `"${param}" must be a string or an array of strings${pairs ? ' and pairs of strings' : ''}`;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw invalid(param, `${expected}, but is empty.`);
  if (list.length > limits.maxTexts) {
    throw tooLarge(
      `"${param}" has ${list.length} texts, but ${limits.maxTexts} is the most of a request.`,
      param,
    );
  }
  return list.map((text, i) => {
    const where = Array.isArray(value) ? `"${param}[${i}]"` : `"${param}"`;
    const parts: unknown[] = pairs && Array.isArray(text) && text.length === 2 ? text : [text];
    for (const part of parts) {
      if (typeof part === 'number' || (Array.isArray(part) && typeof part[0] === 'number')) {
        throw invalid(
          param,
          `${where} has token ids, but this server takes texts only: models here hash them.`,
        );
      }
      // Only its type: a text of the sender's is not repeated.
      if (typeof part !== 'string') throw invalid(param, `${expected}, but ${where} is ${show(part)}.`);
      if (part.length > limits.maxTextLength) {
        throw tooLarge(
          `${where} has ${part.length} characters, but ${limits.maxTextLength} is the most of a text.`,
          param,
        );
      }
    }
    if (parts.every((part) => part === '')) throw invalid(param, `${where} is an empty text.`);
    return text as Text;
  });
}

/** Counts the tokens of texts that were answered. */
export function count(name: string, model: HashFormer, texts: readonly Text[], metrics: Metrics): Usage {
  let tokens = 0;
  let cut = 0;
  for (const text of texts) {
    const { ids, truncated } = model.assemble(text);
    tokens += ids.length;
    if (truncated) cut++;
  }
  metrics.texts.add({ model: name }, texts.length);
  metrics.tokens.add({ model: name }, tokens);
  metrics.truncated.add({ model: name }, cut);
  return { prompt_tokens: tokens, total_tokens: tokens };
}
