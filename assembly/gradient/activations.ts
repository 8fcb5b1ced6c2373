// What the forward pass of training keeps for the backward pass, and where gradients of activations lie: all in
// scratch memory behind that of prepare(), laid out before the first step and never grown by a smaller batch.

import { SLOTS, TARGETS, TARGET_ROWS } from '../abi';
import { allocateScratch, padded } from '../arena';
import { placeRegion, rowCount } from '../batch';
import { attentionWidth, embeddingSize, hiddenRowBytes, intermediateSize, layerCount } from '../model';
import { has, isLinear, linearAt } from '../tensor';
import { placeAttention } from './attention';
import { copiesBytes, rowBlock, transposedBytes } from './gemm';

/** What one layer keeps. */
@unmanaged
export class LayerActivations {
  /** Queries, keys and values. */
  projected: usize;
  /** What attention puts out. */
  context: usize;
  /** Of the layer normalisation behind attention: what layerNormKeeping() keeps, and its result. */
  attentionSum: usize;
  attentionScales: usize;
  attended: usize;
  /** What GELU puts out, and how steep it is there. */
  activated: usize;
  slope: usize;
  /** Of the last layer normalisation: what layerNormKeeping() keeps. */
  outputSum: usize;
  outputScales: usize;
}

let inputs: usize = 0;
let layers: usize = 0;
/** Whether layers share one set of activations, which the backward pass computes again. */
export let recomputes: bool = false;

/** Gradients of hidden states, of queries, keys and values, and of what attention puts out: one row a token. */
export let dHidden: usize = 0;
export let dProjected: usize = 0;
export let dContext: usize = 0;
/** Of a block of rows: gradients of what is added to the residual, and between the layers of a feed-forward network. */
export let dUpdate: usize = 0;
export let dIntermediate: usize = 0;
/** Weights that transposeWeights() packs: of the layer at hand, and of the second of a feed-forward network. */
export let transposed: usize = 0;
export let transposedOut: usize = 0;
/** Scratch of applyBackward(). */
export let packed: usize = 0;

/** Of the heads: what goes in, its gradient, that of the state between two layers, and that of the logits. */
export let headInput: usize = 0;
export let dHeadInput: usize = 0;
export let dHeadState: usize = 0;
export let dLogits: usize = 0;
/** Of the sums of feature rows (`ngram` with a projection). */
export let dFeatures: usize = 0;

/** Of the embeddings' layer normalisation: 1 / σ of each row. What it normalises, and then x̂, is in `hidden`. */
export let embeddingScales: usize = 0;

let failed: bool = false;

function place(bytes: u64): usize {
  const pointer = allocateScratch(bytes);
  if (!pointer) failed = true;
  return pointer;
}

/** Hidden states that go into a layer; those of `layerCount` come out of the last. */
export function layerInput(layer: i32): usize {
  return load<usize>(inputs + (<usize>layer << 2));
}

export function activationsOf(layer: i32): LayerActivations {
  return changetype<LayerActivations>(layers + (recomputes ? 0 : <usize>layer * offsetof<LayerActivations>()));
}

/**
 * Lays out memory behind that of prepare(), which came before.
 *
 * @param longest tokens of the longest sequence; `headWidth` widest row that a head puts out
 * @param targetBytes of TARGETS; `targetRows` numbers of TARGET_ROWS
 * @param recompute whether to keep only what goes into each layer
 * @returns false when there is no memory left
 */
export function prepareTraining(
  longest: i32, headWidth: i32, targetBytes: i32, targetRows: i32, recompute: bool
): bool {
  failed = false;
  recomputes = recompute;
  const rows = <u64>rowCount;
  const hiddenBytes = rows * hiddenRowBytes();
  const attentionBytes = rows * <u64>attentionWidth * 4;
  const innerBytes = rows * <u64>padded(intermediateSize) * 4;
  if (!placeRegion(TARGETS, targetBytes) || !placeRegion(TARGET_ROWS, <u64>targetRows << 2)) return false;
  inputs = place(<u64>(layerCount + 1) << 2);
  layers = place(<u64>(recompute ? 1 : layerCount) * offsetof<LayerActivations>());
  if (failed) return false;
  for (let layer = 0; layer <= layerCount; layer++) {
    store<usize>(inputs + (<usize>layer << 2), place(hiddenBytes));
  }
  embeddingScales = place(rows << 2);
  for (let layer = 0, kept = recompute ? min(1, layerCount) : layerCount; layer < kept; layer++) {
    const at = activationsOf(layer);
    at.projected = place(attentionBytes * 3);
    at.context = place(attentionBytes);
    at.attentionSum = place(hiddenBytes);
    at.attentionScales = place(rows << 2);
    at.attended = place(hiddenBytes);
    at.activated = place(innerBytes);
    at.slope = place(innerBytes);
    at.outputSum = place(hiddenBytes);
    at.outputScales = place(rows << 2);
  }
  dHidden = place(hiddenBytes);
  dProjected = place(attentionBytes * 3);
  dContext = place(attentionBytes);
  const block = <u64>min(rowBlock(), rowCount);
  dUpdate = place(block * hiddenRowBytes());
  dIntermediate = place(block * <u64>padded(intermediateSize) * 4);
  headInput = place(hiddenBytes);
  dHeadInput = place(hiddenBytes);
  dHeadState = place(hiddenBytes);
  dLogits = place(rows * <u64>padded(headWidth) * 4);
  dFeatures = place(rows * <u64>padded(embeddingSize) * 4);
  placeLinearScratch();
  placeAttention(longest, place);
  return !failed;
}

/** What the widest linear layer needs for its backward pass. */
function placeLinearScratch(): void {
  let weights: u64 = 0, copies: u64 = 0;
  for (let layer = 0; layer <= layerCount; layer++) {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (!has(slot, layer) || !isLinear(slot, layer)) continue;
      const linear = linearAt(slot, layer);
      weights = max(weights, transposedBytes(linear.panels, linear.rowInputs));
      copies = max(copies, copiesBytes(linear.panels, linear.rowInputs));
    }
  }
  transposed = place(weights);
  transposedOut = place(weights);
  packed = place(copies);
}
