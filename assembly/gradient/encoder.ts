// The forward pass of training, which keeps what the backward pass needs, and the backward pass, from the last layer
// to the first. The forward pass reads as that of inference (encoder.ts), with dropout.

import {
  ATTENTION_NORM_BIAS, ATTENTION_NORM_WEIGHT, ATTENTION_OUT, INTERMEDIATE, LAYER_NORM_BIAS,
  LAYER_NORM_WEIGHT, LAYER_OUT, QKV, STARTS
} from '../abi';
import { padded } from '../arena';
import { region, rowCount, sequenceCount } from '../batch';
import { layerNorm } from '../kernel/layer_norm';
import {
  attentionWidth, epsilon, headCount, headStride, hiddenRowBytes, hiddenSize, intermediateSize, layerCount
} from '../model';
import { apply, linearAt, vectorAt } from '../tensor';
import {
  LayerActivations, activationsOf, dContext, dHidden, dIntermediate, dProjected, dUpdate, layerInput,
  packed, recomputes
} from './activations';
import { attendBackward, attendDropping } from './attention';
import { ATTENTION_OUT_SITE, LAYER_OUT_SITE, dropout } from './dropout';
import { geluKeeping, multiplyInPlace } from './gelu';
import { layerNormBackward } from './layer_norm';
import { addInPlace, applyBackward } from './linear';
import { gradientOf } from './parameters';

/** Numbers of all rows of hidden states. */
// @ts-ignore: decorator
@inline
function hiddenNumbers(): i32 {
  return rowCount * padded(hiddenSize);
}

/** Numbers of all rows between the two layers of a feed-forward network. */
// @ts-ignore: decorator
@inline
function innerNumbers(): i32 {
  return rowCount * padded(intermediateSize);
}

/** Runs all layers over layerInput(0). */
export function encodeKeeping(): void {
  for (let layer = 0; layer < layerCount; layer++) forwardLayer(layer);
}

function forwardLayer(layer: i32): void {
  const kept = activationsOf(layer);
  selfAttention(layer, layerInput(layer), kept);
  feedForward(layer, kept, layerInput(layer + 1));
}

/** attended = LayerNorm(x + dropout(W · attention(x) + b)) */
function selfAttention(layer: i32, x: usize, kept: LayerActivations): void {
  apply(linearAt(QKV, layer), x, padded(hiddenSize), rowCount, kept.projected, 0);
  const width = <usize>attentionWidth << 2;
  for (let i = 0; i < sequenceCount; i++) {
    const start = startOf(i), length = startOf(i + 1) - start;
    for (let head = 0; head < headCount; head++) {
      const offset = <usize>(head * headStride) << 2;
      const query = kept.projected + <usize>start * 3 * width + offset;
      attendDropping(
        query, query + width, query + 2 * width, 3 * width, start, length, head, layer,
        kept.context + <usize>start * width + offset, width
      );
    }
  }
  apply(linearAt(ATTENTION_OUT, layer), kept.context, attentionWidth, rowCount, kept.attentionSum, 0);
  dropout(kept.attentionSum, hiddenNumbers(), ATTENTION_OUT_SITE, layer, 0);
  addInPlace(kept.attentionSum, x, hiddenNumbers());
  normalize(kept.attentionSum, ATTENTION_NORM_WEIGHT, ATTENTION_NORM_BIAS, layer, kept.attended);
}

/** out = LayerNorm(attended + dropout(W2 · gelu(W1 · attended + b1) + b2)) */
function feedForward(layer: i32, kept: LayerActivations, out: usize): void {
  apply(linearAt(INTERMEDIATE, layer), kept.attended, padded(hiddenSize), rowCount, kept.slope, 0);
  geluKeeping(kept.slope, kept.activated, innerNumbers());
  apply(linearAt(LAYER_OUT, layer), kept.activated, padded(intermediateSize), rowCount, kept.outputSum, 0);
  dropout(kept.outputSum, hiddenNumbers(), LAYER_OUT_SITE, layer, 0);
  addInPlace(kept.outputSum, kept.attended, hiddenNumbers());
  normalize(kept.outputSum, LAYER_NORM_WEIGHT, LAYER_NORM_BIAS, layer, out);
}

function normalize(sum: usize, weight: i32, bias: i32, layer: i32, out: usize): void {
  layerNorm(sum, 0, rowCount, hiddenSize, vectorAt(weight, layer), vectorAt(bias, layer), epsilon, out);
}

/** The first row of sequence `index`. */
// @ts-ignore: decorator
@inline
function startOf(index: i32): i32 {
  return load<i32>(region(STARTS) + (<usize>index << 2));
}

/** From dHidden, the gradient of the last layer's result, to that of layerInput(0), in place. */
export function encodeBackward(): void {
  for (let layer = layerCount - 1; layer >= 0; layer--) {
    const kept = activationsOf(layer);
    if (recomputes && layer < layerCount - 1) forwardLayer(layer);
    feedForwardBackward(layer, kept);
    selfAttentionBackward(layer, layerInput(layer), kept);
  }
}

/** dHidden: from that of the layer's result to that of `attended`. */
function feedForwardBackward(layer: i32, kept: LayerActivations): void {
  normalizeBackward(kept.outputSum, LAYER_NORM_WEIGHT, LAYER_NORM_BIAS, layer);
  copyGradient(LAYER_OUT_SITE, layer);
  applyBackward(
    linearAt(LAYER_OUT, layer), kept.activated, padded(intermediateSize), rowCount, dUpdate, dIntermediate, false,
    packed
  );
  multiplyInPlace(dIntermediate, kept.slope, innerNumbers());
  applyBackward(
    linearAt(INTERMEDIATE, layer), kept.attended, padded(hiddenSize), rowCount, dIntermediate, dHidden, true, packed
  );
}

/** dHidden: from that of `attended` to that of the layer's input. */
function selfAttentionBackward(layer: i32, x: usize, kept: LayerActivations): void {
  normalizeBackward(kept.attentionSum, ATTENTION_NORM_WEIGHT, ATTENTION_NORM_BIAS, layer);
  copyGradient(ATTENTION_OUT_SITE, layer);
  applyBackward(
    linearAt(ATTENTION_OUT, layer), kept.context, attentionWidth, rowCount, dUpdate, dContext, false, packed
  );
  const width = <usize>attentionWidth << 2;
  memory.fill(dProjected, 0, <usize>rowCount * 3 * width);
  for (let i = 0; i < sequenceCount; i++) {
    const start = startOf(i), length = startOf(i + 1) - start;
    for (let head = 0; head < headCount; head++) {
      const offset = <usize>(head * headStride) << 2;
      const place = <usize>start * 3 * width + offset;
      const query = kept.projected + place, dQuery = dProjected + place;
      attendBackward(
        query, query + width, query + 2 * width, 3 * width, start, length, head, layer,
        dContext + <usize>start * width + offset, width, dQuery, dQuery + width, dQuery + 2 * width
      );
    }
  }
  applyBackward(linearAt(QKV, layer), x, padded(hiddenSize), rowCount, dProjected, dHidden, true, packed);
}

/** dUpdate = what dropout passes of dHidden; the residual keeps all of it. */
function copyGradient(site: i32, layer: i32): void {
  memory.copy(dUpdate, dHidden, <usize>rowCount * hiddenRowBytes());
  dropout(dUpdate, hiddenNumbers(), site, layer, 0);
}

function normalizeBackward(sum: usize, weight: i32, bias: i32, layer: i32): void {
  const weights = vectorAt(weight, layer), biases = vectorAt(bias, layer);
  layerNormBackward(
    sum, rowCount, hiddenSize, weights, epsilon, dHidden, gradientOf(weights), gradientOf(biases)
  );
}
