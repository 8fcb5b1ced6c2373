// The heads in training: from the last hidden states to logits, and back from their gradients to dHidden. A loss
// stands between the two; see loss.ts.

import {
  CLASSIFICATION_HEAD, CLASSIFIER_DENSE, CLASSIFIER_OUT, CLS, MEAN, RELU, SENTENCE_HEAD, SENTENCE_PROJECTION, SIGNATURE,
  SIGNATURE_HEAD, STARTS, TARGET_ROWS, TOKEN_CLASSIFIER
} from '../abi';
import { padded } from '../arena';
import { headOut, headState, pooled, region, rowCount, sequenceCount } from '../batch';
import { scaleRow } from '../embedding/rows';
import { activateHead, pool } from '../head';
import { headActivation, hiddenRowBytes, hiddenSize, layerCount } from '../model';
import { Linear, apply, linearAt, outputStride } from '../tensor';
import {
  dHeadInput, dHeadState, dHidden, dLogits, headInput, layerInput, packed, transposed
} from './activations';
import { HEAD_SITE, HEAD_STATE_SITE, dropout } from './dropout';
import { addInPlace, applyBackward, transposeWeights } from './linear';

/** What the head at hand put out: rows, numbers of a row, and numbers from one row to the next. */
export let outputRows: i32 = 0;
export let outputWidth: i32 = 0;
export let outputStep: i32 = 0;

let head: i32 = 0;
let pooling: i32 = 0;
let dropsInput: bool = false;

/**
 * Computes a head's logits, or vectors, in `headOut`.
 *
 * @param kind one of the heads of abi.ts
 * @param poolingKind CLS or MEAN: how the sentence head pools
 * @param targets numbers in TARGET_ROWS: the rows that the signature head reads
 * @param drops whether the classification head drops some of its input, as RoBERTa's does; BERT's pooler does not
 */
export function forwardHead(kind: i32, poolingKind: i32, targets: i32, drops: bool): void {
  head = kind;
  pooling = kind == CLASSIFICATION_HEAD ? CLS : poolingKind;
  outputRows = readsSequences() ? sequenceCount : kind == SIGNATURE_HEAD ? targets : rowCount;
  dropsInput = kind == CLASSIFICATION_HEAD ? drops : kind != SENTENCE_HEAD;
  gatherInput();
  if (dropsInput) dropout(headInput, outputRows * padded(hiddenSize), HEAD_SITE, 0, 0);
  if (kind == CLASSIFICATION_HEAD) {
    forwardDense();
    put(linearAt(CLASSIFIER_OUT, 0), pooled);
  } else {
    put(linearAt(outputSlot(), 0), headInput);
  }
}

/** From dLogits to the gradients of the head's layers; adds that of the hidden states to dHidden. */
export function backwardHead(): void {
  if (head == CLASSIFICATION_HEAD) {
    takeBack(linearAt(CLASSIFIER_OUT, 0), pooled, dHeadState);
    denseBackward();
  } else {
    takeBack(linearAt(outputSlot(), 0), headInput, dHeadInput);
  }
  if (dropsInput) dropout(dHeadInput, outputRows * padded(hiddenSize), HEAD_SITE, 0, 0);
  scatterGradient();
}

function readsSequences(): bool {
  return head == CLASSIFICATION_HEAD || head == SENTENCE_HEAD;
}

function outputSlot(): i32 {
  return head == SENTENCE_HEAD ? SENTENCE_PROJECTION : head == SIGNATURE_HEAD ? SIGNATURE : TOKEN_CLASSIFIER;
}

/** Row `index` of TARGET_ROWS. */
// @ts-ignore: decorator
@inline
function targetRow(index: i32): usize {
  return load<u32>(region(TARGET_ROWS) + (<usize>index << 2));
}

/** headInput = the hidden states that the head reads. */
function gatherInput(): void {
  const states = layerInput(layerCount), rowBytes = hiddenRowBytes();
  if (readsSequences()) {
    pool(states, pooling);
    memory.copy(headInput, pooled, <usize>outputRows * rowBytes);
  } else if (head == SIGNATURE_HEAD) {
    for (let i = 0; i < outputRows; i++) {
      memory.copy(headInput + <usize>i * rowBytes, states + targetRow(i) * rowBytes, rowBytes);
    }
  } else {
    memory.copy(headInput, states, <usize>outputRows * rowBytes);
  }
}

/** pooled = dropout(activation(W · headInput + b)); headState keeps what the activation puts out. */
function forwardDense(): void {
  const width = padded(hiddenSize);
  apply(linearAt(CLASSIFIER_DENSE, 0), headInput, width, outputRows, headState, 0);
  activateHead(headState, outputRows * width);
  memory.copy(pooled, headState, <usize>outputRows * hiddenRowBytes());
  dropout(pooled, outputRows * width, HEAD_STATE_SITE, 0, 0);
}

/** From dHeadState, the gradient of `pooled`, to dHeadInput. */
function denseBackward(): void {
  const width = padded(hiddenSize);
  dropout(dHeadState, outputRows * width, HEAD_STATE_SITE, 0, 0);
  for (let i: usize = 0; i < <usize>(outputRows * width) << 2; i += 4) {
    store<f32>(dHeadState + i, load<f32>(dHeadState + i) * activationSlope(load<f32>(headState + i)));
  }
  takeBack(linearAt(CLASSIFIER_DENSE, 0), headInput, dHeadInput, dHeadState);
}

/** The slope of the activation where it puts out `y`. */
// @ts-ignore: decorator
@inline
function activationSlope(y: f32): f32 {
  return headActivation == RELU ? <f32>(y > 0) : <f32>1.0 - y * y;
}

function put(layer: Linear, input: usize): void {
  outputWidth = layer.outputs;
  outputStep = outputStride(layer);
  apply(layer, input, padded(hiddenSize), outputRows, headOut, 0);
}

function takeBack(layer: Linear, input: usize, dInput: usize, dOutput: usize = dLogits): void {
  transposeWeights(layer, transposed);
  applyBackward(layer, transposed, input, padded(hiddenSize), outputRows, dOutput, dInput, false, packed);
}

/** dHidden += dHeadInput, each row where gatherInput() took it from. */
function scatterGradient(): void {
  const rowBytes = hiddenRowBytes(), width = padded(hiddenSize);
  if (!readsSequences()) {
    for (let i = 0, row = dHeadInput; i < outputRows; i++, row += rowBytes) {
      const at: usize = head == SIGNATURE_HEAD ? targetRow(i) : i;
      addInPlace(dHidden + at * rowBytes, row, width);
    }
    return;
  }
  for (let i = 0, row = dHeadInput; i < outputRows; i++, row += rowBytes) {
    const start = load<i32>(region(STARTS) + (<usize>i << 2));
    const end = pooling == MEAN ? load<i32>(region(STARTS) + (<usize>i << 2), 4) : start + 1;
    scaleRow(row, width, <f32>1.0 / <f32>(end - start));
    for (let t = start; t < end; t++) addInPlace(dHidden + <usize>t * rowBytes, row, width);
  }
}
