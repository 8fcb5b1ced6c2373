// The forward pass: a post-LayerNorm encoder as in BERT (Devlin et al. 2019) and RoBERTa (Liu et al. 2019).

import {
  ATTENTION_NORM_BIAS, ATTENTION_NORM_WEIGHT, ATTENTION_OUT, INTERMEDIATE, LAYER_NORM_BIAS,
  LAYER_NORM_WEIGHT, LAYER_OUT, QKV, STARTS
} from './abi';
import {
  QUERY_BLOCK, context, hidden, keyPanels, projected, quantized, region, rowCount, scores, sequenceCount,
  update, valuePanels
} from './batch';
import { attend } from './kernel/attention';
import { geluInPlace } from './kernel/gelu';
import { layerNorm } from './kernel/layer_norm';
import { attentionWidth, epsilon, headCount, headSize, headStride, hiddenSize } from './model';
import { apply, linearAt, outputStride, vectorAt } from './tensor';
import { padded } from './arena';

/** Runs the first `layers` layers over `hidden`, in place. */
export function encode(layers: i32): void {
  for (let layer = 0; layer < layers; layer++) {
    selfAttention(layer);
    feedForward(layer);
  }
}

/** hidden = LayerNorm(hidden + W · attention(hidden) + b) */
function selfAttention(layer: i32): void {
  apply(linearAt(QKV, layer), hidden, padded(hiddenSize), rowCount, projected, quantized);
  const stride = <usize>outputStride(linearAt(QKV, layer)) << 2;
  const outStride = <usize>attentionWidth << 2;
  for (let i = 0; i < sequenceCount; i++) {
    const start = load<i32>(region(STARTS) + (<usize>i << 2));
    const length = load<i32>(region(STARTS) + (<usize>i << 2), 4) - start;
    for (let head = 0; head < headCount; head++) {
      const offset = <usize>(head * headStride) << 2;
      const query = projected + <usize>start * stride + offset;
      attend(
        query, query + outStride, query + (outStride << 1), stride, length, headSize, headStride, QUERY_BLOCK,
        scores, keyPanels, valuePanels, context + <usize>start * outStride + offset, outStride
      );
    }
  }
  apply(linearAt(ATTENTION_OUT, layer), context, attentionWidth, rowCount, update, quantized);
  layerNorm(
    update, hidden, rowCount, hiddenSize, vectorAt(ATTENTION_NORM_WEIGHT, layer),
    vectorAt(ATTENTION_NORM_BIAS, layer), epsilon, hidden
  );
}

/** hidden = LayerNorm(hidden + W2 · gelu(W1 · hidden + b1) + b2) */
function feedForward(layer: i32): void {
  const intermediate = linearAt(INTERMEDIATE, layer);
  const width = outputStride(intermediate);
  apply(intermediate, hidden, padded(hiddenSize), rowCount, projected, quantized);
  geluInPlace(projected, rowCount * width);
  apply(linearAt(LAYER_OUT, layer), projected, width, rowCount, update, quantized);
  layerNorm(
    update, hidden, rowCount, hiddenSize, vectorAt(LAYER_NORM_WEIGHT, layer),
    vectorAt(LAYER_NORM_BIAS, layer), epsilon, hidden
  );
}
