// From a model's source to what is trained: the encoder's weights, those of one or more heads, fresh where there were
// none, and a config.json that says what the model will be.

import type { HashFormerConfig } from '../architecture/config.ts';
import type { Head } from '../architecture/heads.ts';
import type { Weight } from '../architecture/tensor-spec.ts';
import type { PieceHasher } from '../backend/wasm-hasher.ts';
import type { StoredTensor } from '../formats/stored-tensor.ts';
import { checkSize, loadTokenizer, readModel, verifyChecksums } from '../model/create.ts';
import type { Layout } from '../model/layout.ts';
import type { ModelFiles } from '../model/model-files.ts';
import { freshWeights } from '../model/save.ts';
import { type Assemble, assemble } from '../tokenizer/tokenizer.ts';
import type { Exports } from '../wasm/exports.ts';
import type { Task } from './data/task.ts';
import { PLANS } from './task.ts';

export interface Prepared {
  readonly config: HashFormerConfig;
  readonly weights: readonly Weight[];
  readonly layout: Layout;
  /** Tensors that are not trained and not kept, by the names that the file gives them: those of other heads. */
  readonly skipped: ReadonlyMap<string, StoredTensor>;
  readonly hasher: PieceHasher | undefined;
  readonly tokenizer: unknown;
  readonly assemble: Assemble;
  /** Heads that the model did not have. */
  readonly fresh: readonly Head[];
}

/** config.json of a model for a task; `labels` name its outputs, without them it keeps its own. */
export function configForTask(
  config: HashFormerConfig,
  task: Task,
  labels?: readonly string[],
): HashFormerConfig {
  const { problem } = PLANS[task];
  if (problem === null) return labels === undefined ? config : { ...config, token_labels: [...labels] };
  const names =
    labels ?? (task === 'regression' && config.problem_type !== 'regression' ? ['SCORE'] : undefined);
  if (names === undefined) return { ...config, problem_type: problem };
  return {
    ...config,
    problem_type: problem,
    num_labels: names.length,
    id2label: Object.fromEntries(names.map((name, i) => [String(i), name])),
  };
}

/** A fresh classification head begins with the pooler that BERT was pre-trained with, where the file has one. */
function pooled(weight: Weight, poolers: readonly string[], tensors: ModelFiles['tensors']): Weight {
  const part = /^classifier\.dense\.(weight|bias)$/.exec(weight.spec.name)?.[1];
  const tensor = poolers.map((name) => tensors.get(`${name}.${part}`)).find((found) => found !== undefined);
  const fits = part !== undefined && String(tensor?.shape) === String(weight.spec.shape);
  return fits ? { spec: weight.spec, tensor: tensor!, scale: null } : weight;
}

/**
 * @param wasm draws fresh weights
 * @param change what config.json becomes before weights are looked up
 * @param heads those that are trained; one whose shapes the change has altered starts afresh
 * @throws HashformerError `config`, `weights`, `tokenizer`, `dependency`
 */
export async function prepareModel(
  wasm: Exports,
  files: ModelFiles,
  change: (config: HashFormerConfig) => HashFormerConfig,
  heads: readonly Head[],
  seed: number,
): Promise<Prepared> {
  const { config: given, weights: stored } = await readModel(files);
  await verifyChecksums(wasm, files.files);
  const config = change(given);
  await checkSize(config);
  const weights: Weight[] = stored.list.filter(({ spec }) => spec.head === null);
  const fresh: Head[] = [];
  for (const head of heads) {
    const drawn = freshWeights(wasm, config, seed, [head]);
    const kept = stored.list.filter(({ spec }) => spec.head === head);
    const same = drawn.every(({ spec }, i) => String(kept[i]?.spec.shape) === String(spec.shape));
    if (!same) fresh.push(head);
    weights.push(...(same ? kept : drawn.map((weight) => pooled(weight, stored.pooler, files.tensors))));
  }
  const trained = new Set(weights.map(({ tensor }) => tensor));
  const skipped = new Map([...files.tensors].filter(([, tensor]) => !trained.has(tensor)));
  const tokenizer = await loadTokenizer(config, files.tokenizer, undefined);
  return {
    config,
    weights,
    layout: stored.layout,
    skipped,
    hasher: tokenizer?.hasher,
    tokenizer: tokenizer?.json,
    assemble: tokenizer?.assemble ?? assemble,
    fresh,
  };
}
