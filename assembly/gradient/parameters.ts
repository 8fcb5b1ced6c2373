// The parameters of the model in training, and what belongs to each number of them: its gradient and AdamW's two
// moments. They lie in three copies of the memory that the weights lie in, panels, padded rows and all, so that one
// distance leads from a weight to each. Padding is zero in all of them and stays so.

import {
  ADD, ATTENTION_NORM_BIAS, ATTENTION_NORM_WEIGHT, EMBEDDING_NORM_BIAS, EMBEDDING_NORM_WEIGHT,
  EMBEDDING_PROJECTION, FIRST_MOMENT, GRADIENT, LAYER_NORM_BIAS, LAYER_NORM_WEIGHT, PROJ, SECOND_MOMENT, SLOTS
} from '../abi';
import { allocate } from '../arena';
import { deriveEmbedding } from '../embedding';
import { scaleRow } from '../embedding/rows';
import { sumOfSquares } from '../kernel/sum';
import { layerCount, variant } from '../model';
import { has, isLinear, linearAt, tableAt } from '../tensor';
import { adamw } from './adamw';

/** What AdamW does to a range: nothing, an update, an update and weight decay. */
const DERIVED: i32 = 0;
const PLAIN: i32 = 1;
const DECAYED: i32 = 2;

/** Numbers that lie together: one tensor, or the bias of a layer. */
@unmanaged
class Range {
  data: usize;
  count: i32;
  kind: i32;
}

/** At most: a layer's weight and bias in every slot. */
const RANGES_PER_LAYER: i32 = 2 * SLOTS;
/** Numbers that are summed in f32 before they are added in f64. */
const SUM_BLOCK: i32 = 1024;

let ranges: usize = 0;
let rangeCount: i32 = 0;
let lowest: usize = 0;
let highest: usize = 0;
/** From a weight to its gradient. */
let toGradient: usize = 0;
/** From a weight to its moments. */
let toFirst: usize = 0;
let toSecond: usize = 0;

function rangeAt(index: i32): Range {
  return changetype<Range>(ranges + <usize>index * offsetof<Range>());
}

function addRange(data: usize, count: i32, kind: i32): void {
  const range = rangeAt(rangeCount++);
  range.data = data;
  range.count = count;
  range.kind = kind;
  lowest = min(lowest, data);
  highest = max(highest, data + (<usize>count << 2));
}

function isNorm(slot: i32): bool {
  return (
    slot == EMBEDDING_NORM_WEIGHT || slot == EMBEDDING_NORM_BIAS ||
    slot == ATTENTION_NORM_WEIGHT || slot == ATTENTION_NORM_BIAS ||
    slot == LAYER_NORM_WEIGHT || slot == LAYER_NORM_BIAS
  );
}

/**
 * Biases and LayerNorm do not decay, as in the reference; a layer over bits is derived from what does. The embedding's
 * projection has no bias: what a layer holds in its place is no parameter, and stays 0.
 */
function addLayer(layer: i32): void {
  for (let slot = 0; slot < SLOTS; slot++) {
    if (!has(slot, layer)) continue;
    if (!isLinear(slot, layer)) {
      const table = tableAt(slot, layer);
      addRange(table.data, table.rows * table.stride, isNorm(slot) ? PLAIN : DECAYED);
      continue;
    }
    const linear = linearAt(slot, layer);
    const channels = linear.panels << 4;
    const projects = slot == EMBEDDING_PROJECTION;
    const derived = projects && (variant == ADD || variant == PROJ);
    addRange(linear.weights, channels * linear.rowInputs, derived ? DERIVED : DECAYED);
    addRange(linear.bias, channels, projects ? DERIVED : PLAIN);
  }
}

/** Makes room for gradients and moments, all zero. Call once, after finish(). False: no memory left. */
export function createGradients(): bool {
  ranges = allocate(<u64>((layerCount + 1) * RANGES_PER_LAYER) * offsetof<Range>());
  if (!ranges) return false;
  lowest = usize.MAX_VALUE;
  for (let layer = 0; layer <= layerCount; layer++) addLayer(layer);
  const bytes = <u64>(highest - lowest);
  const gradients = allocate(bytes), first = allocate(bytes), second = allocate(bytes);
  if (!gradients || !first || !second) return false;
  toGradient = gradients - lowest;
  toFirst = first - lowest;
  toSecond = second - lowest;
  return true;
}

/** Where the gradient of the weight at `data` lies. */
// @ts-ignore: decorator
@inline
export function gradientOf(data: usize): usize {
  return data + toGradient;
}

/** The distance from a weight to itself, its gradient, its first or its second moment; see abi.ts. */
export function distanceTo(part: i32): usize {
  return part == GRADIENT ? toGradient : part == FIRST_MOMENT ? toFirst : part == SECOND_MOMENT ? toSecond : 0;
}

export function clearGradients(): void {
  memory.fill(lowest + toGradient, 0, highest - lowest);
}

/** Where all gradients lie, and how many bytes they take: what workers exchange. */
export function gradientData(): usize {
  return lowest + toGradient;
}

export function gradientBytes(): usize {
  return highest - lowest;
}

/** Sum of the squares of all gradients: f32 within a block of numbers, f64 over the blocks. */
export function gradientSquares(): f64 {
  let total: f64 = 0;
  for (let i = 0; i < rangeCount; i++) {
    const range = rangeAt(i);
    if (range.kind == DERIVED) continue;
    for (let at = 0; at < range.count; at += SUM_BLOCK) {
      const block = range.data + toGradient + (<usize>at << 2);
      total += <f64>sumOfSquares(block, min(SUM_BLOCK, range.count - at));
    }
  }
  return total;
}

/** Multiplies all gradients, as clipping does. */
export function scaleGradients(factor: f32): void {
  for (let i = 0; i < rangeCount; i++) {
    const range = rangeAt(i);
    scaleRow(range.data + toGradient, range.count, factor);
  }
}

/**
 * One step of AdamW over all parameters; see adamw.ts. Gradients stay as they are.
 *
 * @param rate the learning rate; `decay` what weights are multiplied with where weight decay applies
 * @param firstCorrection, secondCorrection 1 / (1 - β^t) and 1 / sqrt(1 - β^t)
 */
export function updateParameters(
  rate: f32, decay: f32, beta1: f32, beta2: f32, epsilon: f32, firstCorrection: f32, secondCorrection: f32
): void {
  for (let i = 0; i < rangeCount; i++) {
    const range = rangeAt(i);
    if (range.kind == DERIVED) continue;
    const data = range.data;
    adamw(
      data, data + toGradient, data + toFirst, data + toSecond, range.count, rate * firstCorrection,
      range.kind == DECAYED ? decay : 1, beta1, beta2, epsilon, secondCorrection
    );
  }
  deriveEmbedding();
}
