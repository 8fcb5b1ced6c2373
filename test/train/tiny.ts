// Tiny models in the training module, and batches of all lengths for them.

import { onTestFinished } from 'vitest';
import { type HashFormerConfig, parseConfig } from '../../src/architecture/config.ts';
import type { Weight } from '../../src/architecture/tensor-spec.ts';
import type { Batch } from '../../src/backend/backend.ts';
import { tensorSpecs } from '../../src/model/layout.ts';
import type { Tier } from '../../src/runtime/tier.ts';
import { instantiateTraining } from '../../src/train/engine/instantiate-training.ts';
import type { Goal, LossKind } from '../../src/train/engine/micro-batch.ts';
import { TrainingBackend } from '../../src/train/engine/training-module.ts';
import { normal, Random, randomTensors, tinyConfig } from '../helpers.ts';

export interface Tiny {
  readonly config: HashFormerConfig;
  readonly weights: readonly Weight[];
}

/** A model with large random weights and all heads. */
export function tiny(fields: Record<string, unknown> = {}, seed = 1): Tiny {
  const config = parseConfig(tinyConfig({ sentence_embedding_size: 11, num_labels: 3, ...fields }));
  const tensors = randomTensors(config, seed);
  const weights = tensorSpecs(config).map((spec) => ({ spec, tensor: tensors.get(spec.name)!, scale: null }));
  return { config, weights };
}

/** The same in wasm, given up when the test ends. */
export async function train(
  { config, weights }: Tiny,
  tier: Tier,
  recompute = false,
): Promise<TrainingBackend> {
  const { exports } = await instantiateTraining(tier);
  const backend = new TrainingBackend(exports, tier, config, weights, undefined, recompute);
  onTestFinished(() => backend.dispose());
  return backend;
}

/**
 * Sequences of so many tokens: `<s>` and ordinary ones, here and there a `<mask>`, and where there is room `</s>`; of
 * `vocab`, any ids and types.
 */
export function batchOf(
  { variant, vocab_size }: HashFormerConfig,
  lengths: readonly number[],
  seed = 1,
): Batch {
  const random = new Random(seed);
  const ids: number[] = [];
  const tokens: string[] = [];
  const starts = [0];
  for (const length of lengths) {
    for (let t = 0; t < length; t++) {
      if (variant === 'vocab') ids.push(random.below(vocab_size!));
      else if (t === 0) ids.push(0);
      else if (t === length - 1 && length > 2) ids.push(2);
      else if (random.below(9) === 0) ids.push(4);
      else {
        ids.push(-1);
        tokens.push(`word${random.below(40)}`);
      }
    }
    starts.push(ids.length);
  }
  const types = Int32Array.from(ids, (_, t) => (variant === 'vocab' && t % 3 === 0 ? 1 : 0));
  return { ids: Int32Array.from(ids), types, starts: Uint32Array.from(starts), tokens };
}

type Fields = Partial<Omit<Goal, 'targets'>> & Pick<Goal, 'head' | 'loss'>;

const PROBABILITIES: readonly LossKind[] = ['binary-cross-entropy'];

/** A goal with random targets; every fifth label is ignored. */
export function goalOf(config: HashFormerConfig, batch: Batch, fields: Fields, seed = 1): Goal {
  const random = new Random(seed);
  const perSequence = fields.head === 'classification' || fields.head === 'sentence';
  const chosen = Uint32Array.from(batch.ids.keys()).filter((t) => t % 3 !== 1);
  const rows = fields.head === 'signature' ? { rows: chosen } : {};
  const count = perSequence ? batch.starts.length - 1 : (rows.rows?.length ?? batch.ids.length);
  const width = {
    classification: config.num_labels,
    token: config.token_labels.length,
    sentence: config.sentence_embedding_size!,
    signature: 128,
  }[fields.head];
  let targets: Int32Array | Float32Array;
  if (fields.loss === 'cross-entropy') {
    targets = Int32Array.from({ length: count }, (_, i) => (i % 5 === 3 ? -100 : random.below(width)));
  } else {
    const uniform = PROBABILITIES.includes(fields.loss);
    targets = Float32Array.from({ length: count * width }, () =>
      uniform ? random.below(1001) / 1000 : normal(random),
    );
  }
  return { scale: 1 / count, ...rows, ...fields, targets };
}
