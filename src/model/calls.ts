// What the calls of a model ask for, whichever build answers them.

import type { HashFormerConfig } from '../architecture/config.ts';
import { HEAD, type Head } from '../architecture/heads.ts';
import { OUTPUT, type Output } from '../architecture/outputs.ts';
import { POOLINGS, type Pooling } from '../architecture/poolings.ts';
import { checkBoolean, checkInteger, checkOneOf } from '../arguments.ts';
import { HashformerError } from '../errors.ts';

export interface EncodeFields {
  /** `none` (default): hidden states of every attended token; else one vector a text. */
  pooling?: 'none' | Pooling;
  /** Divide pooled vectors by their L2 norm. */
  normalize?: boolean;
  /** 0 for the embedding layer; default the last layer. */
  layer?: number;
}

export interface SentenceFields {
  /** In place of config.json's. */
  pooling?: Pooling;
  normalize?: boolean;
}

/**
 * What encode() is to compute.
 *
 * @throws HashformerError `argument`
 */
export function encodeOutput(options: EncodeFields, config: Readonly<HashFormerConfig>): Output {
  const { pooling = 'none', normalize = false, layer = config.num_hidden_layers } = options;
  checkOneOf('The option "pooling"', pooling, ['none', ...POOLINGS]);
  checkBoolean('The option "normalize"', normalize);
  checkInteger('The option "layer"', layer, 0, config.num_hidden_layers);
  if (pooling !== 'none') return { kind: 'pooled', layer, pooling, normalize };
  if (!normalize) return { kind: 'hidden', layer };
  const named = POOLINGS.map((name) => `"${name}"`);
  throw new HashformerError(
    'argument',
    `The option "normalize" needs a pooling: ${named.slice(0, -1).join(', ')} or ${named[named.length - 1]}.`,
  );
}

/**
 * What sentences() is to compute.
 *
 * @throws HashformerError `argument`
 */
export function sentencesOutput(options: SentenceFields, config: Readonly<HashFormerConfig>): Output {
  const { pooling = config.pooling ?? 'mean', normalize = config.normalize } = options;
  checkOneOf('The option "pooling"', pooling, POOLINGS);
  checkBoolean('The option "normalize"', normalize);
  return { kind: 'sentences', pooling, normalize };
}

/**
 * Whether a model can compute an output.
 *
 * @param hasHead whether it has a head
 * @param call which needs it, as errors say it
 * @throws HashformerError `missing`: it lacks the head
 */
export function checkHead(
  kind: Output['kind'],
  config: HashFormerConfig,
  hasHead: (head: Head) => boolean,
  call: string,
): void {
  const head = OUTPUT[kind].head(config);
  if (head === null || hasHead(head)) return;
  throw new HashformerError(
    'missing',
    `This model has no ${head} head, which ${call} needs: its weights lack ${HEAD[head].tensors}.`,
  );
}
