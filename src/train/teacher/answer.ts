import type { HashFormer } from '../../model/hashformer.ts';
import type { Text } from '../../tokenizer/text.ts';
import type { OutputFacts, Outputs } from './parts.ts';
import { OUTPUT_OF } from './targets.ts';

/** What a teacher puts out for texts: logits, or sentence vectors. */
export async function answer(
  teacher: HashFormer,
  target: OutputFacts['target'],
  texts: readonly Text[],
  signal?: AbortSignal,
): Promise<Outputs> {
  const options = signal === undefined ? {} : { signal };
  const { data, shape } = await OUTPUT_OF[target].ask(teacher, texts, options);
  return { width: shape[1]!, data };
}
