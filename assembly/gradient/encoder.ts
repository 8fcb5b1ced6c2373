// The forward pass of training, which keeps what the backward pass needs, and the backward pass, from the last layer
// to the first. The forward pass reads as that of inference (encoder.ts), with dropout. Both take a block of rows at a
// time from one attention to the next, so that what one kernel writes is in the cache when the next reads it; no number
// depends on that.

import {
  ATTENTION_NORM_BIAS, ATTENTION_NORM_WEIGHT, ATTENTION_OUT, INTERMEDIATE, LAYER_NORM_BIAS,
  LAYER_NORM_WEIGHT, LAYER_OUT, QKV, STARTS
} from '../abi';
import { padded } from '../arena';
import { region, rowCount, sequenceCount } from '../batch';
import {
  attentionWidth, epsilon, headCount, headStride, hiddenRowBytes, hiddenSize, intermediateSize, layerCount
} from '../model';
import { apply, linearAt, vectorAt } from '../tensor';
import {
  LayerActivations, activationsOf, dContext, dHidden, dIntermediate, dProjected, dUpdate, layerInput,
  packed, recomputes, transposed, transposedOut
} from './activations';
import { attendBackward, attendDropping } from './attention';
import { ATTENTION_OUT_SITE, LAYER_OUT_SITE, dropout } from './dropout';
import { geluKeeping, multiplyInPlace } from './gelu';
import { rowBlock } from './gemm';
import { layerNormBackward, layerNormKeeping } from './layer_norm';
import { addInPlace, applyBackward, transposeWeights } from './linear';
import { gradientOf } from './parameters';

/** Bytes of `rows` rows of hidden states. */
// @ts-ignore: decorator
@inline
function hiddenBytes(rows: i32): usize {
  return <usize>rows * hiddenRowBytes();
}

/** Bytes of `rows` rows between the two layers of a feed-forward network. */
// @ts-ignore: decorator
@inline
function innerBytes(rows: i32): usize {
  return (<usize>rows * <usize>padded(intermediateSize)) << 2;
}

/** Of numbers that are one a row, those from row `first` on. */
// @ts-ignore: decorator
@inline
function rowScales(scales: usize, first: i32): usize {
  return scales + (<usize>first << 2);
}

/** Rows of the block that begins at row `first`. */
// @ts-ignore: decorator
@inline
function blockRows(first: i32): i32 {
  return min(rowBlock(), rowCount - first);
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
  const layerOut = linearAt(ATTENTION_OUT, layer);
  for (let first = 0; first < rowCount; first += rowBlock()) {
    const rows = blockRows(first), place = hiddenBytes(first);
    const sum = kept.attentionSum + place;
    apply(layerOut, kept.context + <usize>first * width, attentionWidth, rows, sum, 0);
    addNormalize(
      sum, kept.attentionScales, x + place, first, rows, ATTENTION_OUT_SITE, ATTENTION_NORM_WEIGHT,
      ATTENTION_NORM_BIAS, layer, kept.attended + place
    );
  }
}

/** out = LayerNorm(attended + dropout(W2 · gelu(W1 · attended + b1) + b2)) */
function feedForward(layer: i32, kept: LayerActivations, out: usize): void {
  const inner = linearAt(INTERMEDIATE, layer), outer = linearAt(LAYER_OUT, layer);
  for (let first = 0; first < rowCount; first += rowBlock()) {
    const rows = blockRows(first), place = hiddenBytes(first);
    const attended = kept.attended + place, sum = kept.outputSum + place;
    const slope = kept.slope + innerBytes(first), activated = kept.activated + innerBytes(first);
    apply(inner, attended, padded(hiddenSize), rows, slope, 0);
    geluKeeping(slope, activated, rows * padded(intermediateSize));
    apply(outer, activated, padded(intermediateSize), rows, sum, 0);
    addNormalize(
      sum, kept.outputScales, attended, first, rows, LAYER_OUT_SITE, LAYER_NORM_WEIGHT, LAYER_NORM_BIAS, layer,
      out + place
    );
  }
}

/**
 * out = LayerNorm(dropout(sum) + residual) of `rows` rows from row `first` of the batch on, all given from there on but
 * `scales`. `sum` becomes x̂.
 */
function addNormalize(
  sum: usize, scales: usize, residual: usize, first: i32, rows: i32, site: i32, weight: i32, bias: i32, layer: i32, out: usize
): void {
  const width = padded(hiddenSize);
  dropout(sum, rows * width, site, layer, first * width);
  addInPlace(sum, residual, rows * width);
  layerNormKeeping(
    sum, rows, hiddenSize, vectorAt(weight, layer), vectorAt(bias, layer), epsilon, out, rowScales(scales, first)
  );
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
  const inner = linearAt(INTERMEDIATE, layer), outer = linearAt(LAYER_OUT, layer);
  const width = padded(hiddenSize), innerWidth = padded(intermediateSize);
  transposeWeights(inner, transposed);
  transposeWeights(outer, transposedOut);
  for (let first = 0; first < rowCount; first += rowBlock()) {
    const rows = blockRows(first), place = hiddenBytes(first), innerPlace = innerBytes(first);
    addNormalizeBackward(
      kept.outputSum + place, kept.outputScales, first, rows, LAYER_OUT_SITE, LAYER_NORM_WEIGHT, LAYER_NORM_BIAS, layer
    );
    applyBackward(
      outer, transposedOut, kept.activated + innerPlace, innerWidth, rows, dUpdate, dIntermediate, false, packed
    );
    multiplyInPlace(dIntermediate, kept.slope + innerPlace, rows * innerWidth);
    applyBackward(
      inner, transposed, kept.attended + place, width, rows, dIntermediate, dHidden + place, true, packed
    );
  }
}

/** dHidden: from that of `attended` to that of the layer's input. */
function selfAttentionBackward(layer: i32, x: usize, kept: LayerActivations): void {
  const width = <usize>attentionWidth << 2;
  const layerOut = linearAt(ATTENTION_OUT, layer), projection = linearAt(QKV, layer);
  transposeWeights(layerOut, transposed);
  for (let first = 0; first < rowCount; first += rowBlock()) {
    const rows = blockRows(first), place = <usize>first * width;
    addNormalizeBackward(
      kept.attentionSum + hiddenBytes(first), kept.attentionScales, first, rows, ATTENTION_OUT_SITE,
      ATTENTION_NORM_WEIGHT, ATTENTION_NORM_BIAS, layer
    );
    applyBackward(
      layerOut, transposed, kept.context + place, attentionWidth, rows, dUpdate, dContext + place, false, packed
    );
  }
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
  transposeWeights(projection, transposed);
  applyBackward(projection, transposed, x, padded(hiddenSize), rowCount, dProjected, dHidden, true, packed);
}

/**
 * The backward pass of addNormalize(), of `rows` rows from row `first` of the batch on: dHidden becomes the gradient of
 * the residual, and dUpdate what dropout passes of it.
 */
function addNormalizeBackward(
  normal: usize, scales: usize, first: i32, rows: i32, site: i32, weight: i32, bias: i32, layer: i32
): void {
  const width = padded(hiddenSize), gradient = dHidden + hiddenBytes(first);
  const weights = vectorAt(weight, layer), biases = vectorAt(bias, layer);
  layerNormBackward(
    normal, rowScales(scales, first), rows, hiddenSize, weights, gradient, gradientOf(weights), gradientOf(biases)
  );
  memory.copy(dUpdate, gradient, hiddenBytes(rows));
  dropout(dUpdate, rows * width, site, layer, first * width);
}
