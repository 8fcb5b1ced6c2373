// What this build says of models that only the one in WebAssembly computes.

import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';

const INSTEAD = 'use the package "hashformer" in an engine with WebAssembly';

/** @throws HashformerError `config`: the model needs a vocabulary */
export function refuseVocabularies(config: unknown): void {
  if (typeof config !== 'object' || config === null) return;
  const { model_type = 'hashformer', variant, hash } = config as Record<string, unknown>;
  const refuse = (field: string, value: unknown, why: string) => {
    const message = `config.json: "${field}" is ${show(value)}, ${why}, which hashformer/js leaves out; ${INSTEAD}.`;
    throw new HashformerError('config', message);
  };
  if (model_type !== 'hashformer') refuse('model_type', model_type, 'an encoder over a vocabulary');
  if (variant === 'vocab') refuse('variant', variant, 'look-up over a vocabulary');
  if (hash === 'lsh') refuse('hash', hash, 'a hash over the pieces of a vocabulary');
}
