import type { HashFormerConfig } from '../../architecture/config.ts';
import type { Sequence } from '../../tokenizer/tokenizer.ts';
import type { JsHasher } from '../hash/js-hasher.ts';
import type { Numbers } from '../numbers.ts';
import type { ModelWeights } from '../weights.ts';

/** Adds the token embeddings of a sequence to rows of zeros. */
export type EmbedSequence = (sequence: Sequence, out: readonly Numbers[]) => void;

/** What a variant makes of a model's weights. */
export type CreateEmbed = (
  weights: ModelWeights,
  hasher: JsHasher,
  config: HashFormerConfig,
) => EmbedSequence;
