import { HashformerError } from './errors.ts';
import { show } from './show.ts';

const NO_HUB = 'nothing is downloaded from a hub';
const AS_STORED = 'weights stay as they are stored; save(folder, { dtype }) converts them';
const LENGTH = 'texts are cut off at max_length of config.json, and not padded';

/** Options of transformers.js that are none here, and what there is instead. */
export const INSTEAD: Readonly<Record<string, string>> = {
  device: 'models are computed on the CPU',
  dtype: AS_STORED,
  quantized: AS_STORED,
  progress_callback: 'fetch the files yourself and give { config, weights }',
  cache_dir: NO_HUB,
  local_files_only: NO_HUB,
  revision: NO_HUB,
  return_all_scores: '{ top_k: null } gives all labels',
  aggregation_strategy: 'every token has an answer of its own',
  quantize: 'vectors are float32',
  padding: LENGTH,
  truncation: LENGTH,
  max_length: LENGTH,
};

/**
 * The error that options were refused with: where one of them is transformers.js', it says what there is instead.
 *
 * @param given the options
 * @param names those that the call has
 */
export function explainRefusal(error: unknown, given: unknown, names: readonly string[]): unknown {
  const foreign = Object.keys(Object(given)).find((name) => !names.includes(name));
  if (foreign === undefined || !Object.hasOwn(INSTEAD, foreign)) return error;
  return new HashformerError('argument', `There is no option ${show(foreign)} here: ${INSTEAD[foreign]}.`);
}
