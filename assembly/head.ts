// From hidden states to what the caller asked for: rows, pooled rows, logits, sentence vectors.

import {
  CLASSIFIER_DENSE, CLASSIFIER_OUT, CLS, MAX, OUTPUT, RELU, SENTENCE_PROJECTION, STARTS, TOKEN_CLASSIFIER
} from './abi';
import { padded } from './arena';
import { headOut, headState, hidden, pooled, quantized, region, rowCount, sequenceCount } from './batch';
import { scaleRow } from './embedding/rows';
import { allFinite } from './kernel/convert';
import { sumOfSquares } from './kernel/sum';
import { reluInPlace } from './kernel/relu';
import { tanhInPlace } from './kernel/tanh';
import { headActivation, hiddenRowBytes, hiddenSize } from './model';
import { apply, has, linearAt, outputStride } from './tensor';

/** Below this a vector is not scaled up, as in PyTorch's normalize. */
const LEAST_NORM: f32 = 1e-12;

/** Writes the first `width` numbers of each row to OUTPUT without gaps. False if one of them is not finite. */
function emit(rows: usize, stride: i32, count: i32, width: i32): bool {
  const output = region(OUTPUT);
  const bytes = <usize>width << 2;
  for (let i = 0, out = output; i < count; i++, out += bytes, rows += <usize>stride << 2) {
    memory.copy(out, rows, bytes);
  }
  return allFinite(output, count * width);
}

/** Hidden states of every token: [rows, hidden]. */
export function emitHidden(): bool {
  return emit(hidden, padded(hiddenSize), rowCount, hiddenSize);
}

/** Pooled hidden states: [sequences, hidden]. */
export function emitPooled(kind: i32, normalized: bool): bool {
  pool(hidden, kind);
  if (normalized) normalize(pooled, padded(hiddenSize), hiddenSize);
  return emit(pooled, padded(hiddenSize), sequenceCount, hiddenSize);
}

/** Sentence vectors: pooled, projected where the model has a projection. */
export function emitSentences(kind: i32, normalized: bool): bool {
  if (!has(SENTENCE_PROJECTION, 0)) return emitPooled(kind, normalized);
  pool(hidden, kind);
  const projection = linearAt(SENTENCE_PROJECTION, 0);
  apply(projection, pooled, padded(hiddenSize), sequenceCount, headOut, quantized);
  if (normalized) normalize(headOut, outputStride(projection), projection.outputs);
  return emit(headOut, outputStride(projection), sequenceCount, projection.outputs);
}

/** Logits of the classification head, from the hidden state of the first token: dense, activation, out_proj. */
export function emitLogits(): bool {
  pool(hidden, CLS);
  const dense = linearAt(CLASSIFIER_DENSE, 0), out = linearAt(CLASSIFIER_OUT, 0);
  apply(dense, pooled, padded(hiddenSize), sequenceCount, headState, quantized);
  activateHead(headState, sequenceCount * outputStride(dense));
  apply(out, headState, outputStride(dense), sequenceCount, headOut, quantized);
  return emit(headOut, outputStride(out), sequenceCount, out.outputs);
}

/** The activation between the layers of the classification head, of `count` numbers (a multiple of 4) in place. */
export function activateHead(data: usize, count: i32): void {
  if (headActivation == RELU) reluInPlace(data, count);
  else tanhInPlace(data, count);
}

/** Logits of the token head for every token: [rows, labels]. */
export function emitTokenLogits(): bool {
  const classifier = linearAt(TOKEN_CLASSIFIER, 0);
  apply(classifier, hidden, padded(hiddenSize), rowCount, headOut, quantized);
  return emit(headOut, outputStride(classifier), rowCount, classifier.outputs);
}

/** `pooled` = one row a sequence, of the states of all its tokens, special ones included. */
export function pool(states: usize, kind: i32): void {
  const rowBytes = hiddenRowBytes();
  for (let i = 0, out = pooled; i < sequenceCount; i++, out += rowBytes) {
    const start = load<i32>(region(STARTS) + (<usize>i << 2));
    const length = load<i32>(region(STARTS) + (<usize>i << 2), 4) - start;
    let row = states + <usize>start * rowBytes;
    memory.copy(out, row, rowBytes);
    if (kind == CLS) continue;
    for (let t = 1; t < length; t++) {
      row += rowBytes;
      for (let at: usize = 0; at < rowBytes; at += 4) {
        const so = load<f32>(out + at), next = load<f32>(row + at);
        store<f32>(out + at, kind == MAX ? max<f32>(so, next) : so + next);
      }
    }
    if (kind != MAX) scaleRow(out, padded(hiddenSize), <f32>1.0 / <f32>length);
  }
}

/** Divides each row by its L2 norm; a row whose squares overflow becomes NaN, not 0. */
function normalize(rows: usize, stride: i32, width: i32): void {
  for (let i = 0; i < sequenceCount; i++, rows += <usize>stride << 2) {
    const norm = sqrt<f32>(sumOfSquares(rows, width));
    scaleRow(rows, stride, norm < Infinity ? <f32>1.0 / max<f32>(norm, LEAST_NORM) : NaN);
  }
}
