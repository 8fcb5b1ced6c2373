// How near a student is to its teacher.

import type { HashFormer } from '../../model/hashformer.ts';
import { evaluate } from '../evaluate.ts';
import type { Evaluation } from '../run/run.ts';
import { answer } from './answer.ts';
import { type Lessons, rowsOf } from './lessons.ts';
import type { OutputFacts, Outputs } from './parts.ts';

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
  if (dev.length > 0) {
    const { loss, metrics } = await evaluate(model, 'text-classification', dev, signal);
    return { loss, metrics: metric === 'loss' ? { ...metrics, loss } : metrics };
  }
  const texts = held.map(({ text }) => text);
  const { data } = await answer(model, target, texts, signal);
  const difference = target === 'logits' ? centredError : distance;
  const loss = difference(data, rowsOf(outputs, held), outputs.width);
  return { loss, metrics: { loss } };
}

/** Mean of 1 - cosine over rows. */
export function distance(a: Float32Array, b: Float32Array, width: number): number {
  let total = 0;
  for (let at = 0; at < a.length; at += width) {
    let product = 0;
    let squares = 0;
    let others = 0;
    for (let i = at; i < at + width; i++) {
      product += a[i]! * b[i]!;
      squares += a[i]! ** 2;
      others += b[i]! ** 2;
    }
    total += 1 - product / Math.sqrt(squares * others || 1);
  }
  return total / (a.length / width);
}

/** Mean squared difference of rows, each minus its mean. */
export function centredError(a: Float32Array, b: Float32Array, width: number): number {
  let total = 0;
  for (let at = 0; at < a.length; at += width) {
    const differences = Array.from({ length: width }, (_, i) => a[at + i]! - b[at + i]!);
    const mean = differences.reduce((sum, x) => sum + x, 0) / width;
    for (const difference of differences) total += (difference - mean) ** 2;
  }
  return total / a.length;
}
