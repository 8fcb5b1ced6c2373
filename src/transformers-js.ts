const NO_HUB = 'nothing is downloaded from a hub';
const AS_STORED = 'weights are read as they are stored; save(folder, { dtype }) changes that';
const LENGTH = "texts are cut off at config.json's max_length, and never padded";

/** Options of transformers.js that are none here, and what there is instead. */
export const INSTEAD: Readonly<Record<string, string>> = {
  device: 'models are computed on the CPU',
  dtype: AS_STORED,
  quantized: AS_STORED,
  progress_callback: 'to follow a download, fetch the files yourself and give { config, weights }',
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
