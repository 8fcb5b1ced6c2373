// What can be learnt of a teacher.

import type { Head } from '../../architecture/heads.ts';
import type { HashFormer } from '../../model/hashformer.ts';
import type { Tensor } from '../../tensor.ts';
import type { Text } from '../../tokenizer/text.ts';
import { centredError, distance } from './difference.ts';

export const TARGETS = ['logits', 'embeddings'] as const;
export type Target = (typeof TARGETS)[number];

/** How a target is put out and compared. */
interface Output {
  readonly head: Head;
  ask(model: HashFormer, texts: readonly Text[], options: { signal?: AbortSignal }): Promise<Tensor>;
  /** How far outputs are from others, a mean over rows of that width. */
  difference(a: Float32Array, b: Float32Array, width: number): number;
}

export const OUTPUT_OF: Readonly<Record<Target, Output>> = {
  logits: {
    head: 'classification',
    ask: (model, texts, options) => model.logits(texts, options),
    difference: centredError,
  },
  embeddings: {
    head: 'sentence',
    ask: (model, texts, options) => model.sentences(texts, options),
    difference: distance,
  },
};
