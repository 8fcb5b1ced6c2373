import { HashformerError } from '../errors.ts';
import type { RunOptions } from '../model/call-options.ts';
import type { HashFormer } from '../model/hashformer.ts';
import type { Tensor } from '../tensor.ts';
import type { Text } from '../tokenizer/text.ts';

/** How far two models are from each other. */
export interface Difference {
  readonly compared: 'logits' | 'vectors';
  readonly texts: number;
  readonly largest: number;
  readonly mean: number;
  /** Texts whose best label differs; null without labels. */
  readonly changedLabels: number | null;
}

const GROUP = 512;

function argmax(row: Float32Array): number {
  return row.reduce((best, value, i) => (value > row[best]! ? i : best), 0);
}

/** Whether the model has a classification head: known only by asking for its logits. */
async function hasLogits(model: HashFormer): Promise<boolean> {
  try {
    await model.logits([]);
    return true;
  } catch (error) {
    if (error instanceof HashformerError && error.code === 'missing') return false;
    throw error;
  }
}

/** Runs two models over the same texts and compares their logits, or their vectors where there is no such head. */
export async function compare(
  before: HashFormer,
  after: HashFormer,
  texts: AsyncIterable<readonly Text[]>,
  signal: AbortSignal,
): Promise<Difference> {
  const labelled = await hasLogits(before);
  const run = (model: HashFormer, group: readonly Text[], options: RunOptions): Promise<Tensor> =>
    labelled ? model.logits(group, options) : model.sentences(group, options);
  let count = 0;
  let numbers = 0;
  let total = 0;
  let largest = 0;
  let changed = 0;
  for await (const list of texts) {
    for (let start = 0; start < list.length; start += GROUP) {
      const group = list.slice(start, start + GROUP);
      const { data, shape } = await run(before, group, { signal });
      const { data: other } = await run(after, group, { signal });
      for (const [i, value] of data.entries()) {
        const difference = Math.abs(value - other[i]!);
        total += difference;
        largest = Math.max(largest, difference);
      }
      const width = shape[1]!;
      for (let at = 0; labelled && at < data.length; at += width) {
        if (argmax(data.subarray(at, at + width)) !== argmax(other.subarray(at, at + width))) changed++;
      }
      count += group.length;
      numbers += data.length;
    }
  }
  return {
    compared: labelled ? 'logits' : 'vectors',
    texts: count,
    largest,
    mean: total / Math.max(numbers, 1),
    changedLabels: labelled ? changed : null,
  };
}
