// The forward pass: a post-LayerNorm encoder as in BERT (Devlin et al. 2019) and RoBERTa (Liu et al. 2019).

import type { HashFormerConfig } from '../architecture/config.ts';
import { attend } from './kernel/attention.ts';
import { f32 } from './kernel/f32.ts';
import { geluInPlace } from './kernel/gelu.ts';
import { addAndNorm } from './kernel/layer_norm.ts';
import { type Numbers, reusedRows, rows } from './numbers.ts';
import type { ModelWeights } from './weights.ts';

/** Numbers that wasm pads a head to. */
const PANEL = 16;

/** One layer over the states of one sequence. */
type Layer = (hidden: readonly Numbers[]) => Numbers[];

function encoderLayer(config: HashFormerConfig, weights: ModelWeights, name: string): Layer {
  const { hidden_size: size, num_attention_heads: heads, intermediate_size } = config;
  const headSize = size / heads;
  const epsilon = f32(config.layer_norm_eps);
  const projection = weights.linear(['query', 'key', 'value'].map((part) => `${name}.attention.${part}`));
  const attentionOutput = weights.linear([`${name}.attention.output`], headSize % PANEL !== 0);
  const intermediate = weights.linear([`${name}.intermediate`]);
  const output = weights.linear([`${name}.output`]);
  const norm = (part: string) => [weights.vector(`${part}.weight`), weights.vector(`${part}.bias`)] as const;
  const [attentionScale, attentionShift] = norm(`${name}.attention.norm`);
  const [scale, shift] = norm(`${name}.norm`);
  const projectedRows = reusedRows(3 * size);
  const contextRows = reusedRows(size);
  const attendedRows = reusedRows(size);
  const innerRows = reusedRows(intermediate_size);
  return (hidden) => {
    const length = hidden.length;
    const projected = projectedRows(length);
    projection.apply(hidden, projected);
    const context = contextRows(length);
    for (let head = 0; head < heads; head++) attend(projected, size, head * headSize, headSize, context);
    const attended = attendedRows(length);
    attentionOutput.apply(context, attended);
    for (let t = 0; t < length; t++) {
      addAndNorm(attended[t]!, hidden[t]!, attentionScale, attentionShift, epsilon);
    }
    const inner = innerRows(length);
    intermediate.apply(attended, inner);
    for (const row of inner) geluInPlace(row);
    const result = rows(length, size);
    output.apply(inner, result);
    for (let t = 0; t < length; t++) addAndNorm(result[t]!, attended[t]!, scale, shift, epsilon);
    return result;
  };
}

/** The layers of a model. */
export function encoderLayers(config: HashFormerConfig, weights: ModelWeights): Layer[] {
  const layers: Layer[] = [];
  for (let i = 0; i < config.num_hidden_layers; i++)
    layers.push(encoderLayer(config, weights, `layers.${i}`));
  return layers;
}
