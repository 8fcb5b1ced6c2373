// How near a student is to its teacher.

import type { HashFormer } from '../../model/hashformer.ts';
import { evaluateDev } from '../run/dev-evaluation.ts';
import type { Evaluation } from '../run/run.ts';
import { answer } from './answer.ts';
import { type Lessons, rowsOf } from './lessons.ts';
import type { OutputFacts, Outputs } from './parts.ts';
import { OUTPUT_OF } from './targets.ts';

/**
 * How well a student does on labels that were held out or, where there are none, how far it is from what the teacher says
 * of texts that were: the squared difference of centred logits, whatever it is trained by, or 1 - cosine of vectors.
 *
 * @param metric what the best is chosen by
 * @throws HashformerError as logits() and sentences()
 */
export async function evaluateStudent(
  model: HashFormer,
  target: OutputFacts['target'],
  { dev, held }: Pick<Lessons, 'dev' | 'held'>,
  outputs: Outputs,
  metric: string,
  signal?: AbortSignal,
): Promise<Evaluation> {
  if (dev.length > 0) return evaluateDev(model, 'text-classification', dev, metric, signal);
  const texts = held.map(({ text }) => text);
  const { data } = await answer(model, target, texts, signal);
  const loss = OUTPUT_OF[target].difference(data, rowsOf(outputs, held), outputs.width);
  return { loss, metrics: { loss } };
}
