import { HashformerError } from './errors.ts';
import { nearest } from './nearest.ts';
import { show } from './show.ts';

const NO_HUB = 'nothing is downloaded from a hub: a model is a folder, an address or { config, weights }';
const AS_STORED = 'weights are read as they are stored; save(folder, { dtype }) changes that';
const LENGTH = "texts are cut off at config.json's max_length, and never padded";

/** Options of transformers.js that are none here, and what there is instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  device: 'models are computed on the CPU',
  dtype: AS_STORED,
  quantized: AS_STORED,
  progress_callback: 'to follow a download, fetch the files yourself and give { config, weights }',
  cache_dir: NO_HUB,
  local_files_only: NO_HUB,
  revision: NO_HUB,
  subfolder: NO_HUB,
  model_file_name: NO_HUB,
  session_options: 'there is no ONNX session',
  use_external_data_format: 'there is no ONNX file',
  return_all_scores: '{ top_k: null } gives all labels',
  function_to_apply: "config.json's problem_type says whether scores are probabilities",
  aggregation_strategy: 'every token has an answer of its own',
  quantize: 'vectors are float32',
  precision: 'vectors are float32',
  padding: LENGTH,
  truncation: LENGTH,
  max_length: LENGTH,
};

/** Of an option that a call does not have. `names`: those that it has. */
export function unknownOption(name: string, names: readonly string[]): HashformerError {
  const instead = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined;
  const near = instead === undefined ? nearest(name, names) : undefined;
  const all = names.map(show).join(', ');
  const help =
    instead !== undefined
      ? `: ${instead}`
      : near !== undefined
        ? ` (did you mean ${show(near)}?)`
        : names.length === 0
          ? ', nor any other'
          : `, only ${all}`;
  return new HashformerError('argument', `There is no option ${show(name)} here${help}.`);
}
