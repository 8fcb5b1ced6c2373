// The model's weights: tables (rows that are looked up) and linear layers (matrices packed for the GEMM), each
// behind a descriptor that is found by layer and slot.

import { I8, SLOTS } from './abi';
import { allocate, padded } from './arena';
import { elementBytes, readElement } from './kernel/convert';
import { gemm } from './kernel/gemm';
import { gemmInt8, packedInt8Bytes, storeInt8Row } from './kernel/int8';

/** What every descriptor begins with. */
@unmanaged
class Descriptor {
  isLinear: bool;
}

/** Rows of `width` numbers, `stride` numbers apart: f32, or int8 with one scale a row. */
@unmanaged
export class Table extends Descriptor {
  rows: i32;
  width: i32;
  stride: i32;
  data: usize;
  /** 0 for an f32 table. */
  scales: usize;
}

/** y = W · x + b. Widths are padded to whole panels; heads are padded one by one (see group). */
@unmanaged
export class Linear extends Descriptor {
  outputs: i32;
  inputs: i32;
  /** Panels of 16 output channels. */
  panels: i32;
  /** Inputs as they lie in a row of activations. */
  rowInputs: i32;
  outputGroup: i32;
  inputGroup: i32;
  /** Output channels of one part with their padding. */
  partChannels: i32;
  weights: usize;
  bias: usize;
  /** int8 only, else 0: a scale and a sum of integers for each channel. */
  scales: usize;
  sums: usize;
}

/** Addresses of descriptors: SLOTS a layer, 0 where the model has none. */
let descriptors: usize = 0;

export function allocateDescriptors(layers: i32): bool {
  descriptors = allocate((<u64>layers + 1) * SLOTS * 4);
  return descriptors != 0;
}

// @ts-ignore: decorator
@inline
function descriptor(slot: i32, layer: i32): usize {
  return descriptors + ((<usize>layer * SLOTS + <usize>slot) << 2);
}

// @ts-ignore: decorator
@inline
export function tableAt(slot: i32, layer: i32): Table {
  return changetype<Table>(load<usize>(descriptor(slot, layer)));
}

// @ts-ignore: decorator
@inline
export function linearAt(slot: i32, layer: i32): Linear {
  return changetype<Linear>(load<usize>(descriptor(slot, layer)));
}

/** Address of the numbers of a one-row f32 table, such as a LayerNorm's weight. */
// @ts-ignore: decorator
@inline
export function vectorAt(slot: i32, layer: i32): usize {
  return tableAt(slot, layer).data;
}

export function has(slot: i32, layer: i32): bool {
  return load<usize>(descriptor(slot, layer)) != 0;
}

/** Whether what is in a slot is a linear layer, and no table. */
export function isLinear(slot: i32, layer: i32): bool {
  return changetype<Descriptor>(load<usize>(descriptor(slot, layer))).isLinear;
}

/** Makes room for a table. False when there is no memory left. */
export function createTable(slot: i32, layer: i32, rows: i32, width: i32, quantized: bool): bool {
  const pointer = allocate(offsetof<Table>());
  if (!pointer) return false;
  const table = changetype<Table>(pointer);
  const stride = padded(width);
  table.rows = rows;
  table.width = width;
  table.stride = stride;
  table.data = allocate(<u64>rows * <u64>stride * (quantized ? 1 : 4));
  if (quantized) table.scales = allocate(<u64>rows << 2);
  if (!table.data || (quantized && !table.scales)) return false;
  store<usize>(descriptor(slot, layer), pointer);
  return true;
}

/**
 * Makes room for a linear layer of `parts` matrices of `outputs` x `inputs` that are multiplied as one. Where a
 * group is not 0, every `group` consecutive channels (an attention head) begin at a whole panel.
 */
export function createLinear(
  slot: i32, layer: i32, parts: i32, outputs: i32, inputs: i32, outputGroup: i32, inputGroup: i32,
  quantized: bool
): bool {
  const pointer = allocate(offsetof<Linear>());
  if (!pointer) return false;
  const linear = changetype<Linear>(pointer);
  linear.isLinear = true;
  linear.outputs = outputs * parts;
  linear.inputs = inputs;
  linear.outputGroup = outputGroup ? outputGroup : outputs;
  linear.inputGroup = inputGroup ? inputGroup : inputs;
  linear.partChannels = (outputs / linear.outputGroup) * padded(linear.outputGroup);
  linear.rowInputs = inputGroup ? (inputs / inputGroup) * padded(inputGroup) : inputs;
  const channels = padded(linear.partChannels * parts);
  linear.panels = channels >> 4;
  linear.bias = allocate(<u64>channels << 2);
  linear.weights = allocate(
    quantized ? packedInt8Bytes(channels, linear.rowInputs) : <u64>channels * <u64>linear.rowInputs * 4
  );
  if (!linear.bias || !linear.weights) return false;
  if (quantized) {
    linear.scales = allocate(<u64>channels << 2);
    linear.sums = allocate(<u64>channels << 2);
    if (!linear.scales || !linear.sums) return false;
  }
  store<usize>(descriptor(slot, layer), pointer);
  return true;
}

/** Channel `index` in a row where each group of channels is padded to whole panels. */
// @ts-ignore: decorator
@inline
export function spread(index: i32, group: i32): i32 {
  return (index / group) * padded(group) + (index % group);
}

// @ts-ignore: decorator
@inline
function isFinite32(x: f32): bool {
  return (reinterpret<u32>(x) & 0x7f800000) != 0x7f800000;
}

/**
 * Stores `count` rows from row `first` on. `data` holds the rows as `type`; for int8 it begins with their
 * `count` f32 scales.
 *
 * @returns how many numbers are not finite
 */
export function storeTableRows(slot: i32, layer: i32, type: i32, first: i32, count: i32, data: usize): i32 {
  const table = tableAt(slot, layer);
  let bad = 0;
  const scales = data;
  if (type == I8) data += <usize>count << 2;
  for (let row = first; row < first + count; row++, data += <usize>table.width * elementBytes(type)) {
    const scale: f32 = type == I8 ? load<f32>(scales + (<usize>(row - first) << 2)) : 1;
    bad += i32(!isFinite32(scale));
    const out = <usize>row * <usize>table.stride;
    if (table.scales) {
      store<f32>(table.scales + (<usize>row << 2), scale);
      memory.copy(table.data + out, data, table.width);
      continue;
    }
    for (let i = 0; i < table.width; i++) {
      const value = readElement(data, i, type) * scale;
      bad += i32(!isFinite32(value));
      store<f32>(table.data + ((out + <usize>i) << 2), value);
    }
  }
  return bad;
}

/** The same for rows of a linear layer's weight, [output channels, inputs] as PyTorch has it. */
export function storeLinearRows(
  slot: i32, layer: i32, part: i32, type: i32, first: i32, count: i32, data: usize
): i32 {
  const linear = linearAt(slot, layer);
  let bad = 0;
  const scales = data;
  if (type == I8) data += <usize>count << 2;
  for (let row = first; row < first + count; row++, data += <usize>linear.inputs * elementBytes(type)) {
    const scale: f32 = type == I8 ? load<f32>(scales + (<usize>(row - first) << 2)) : 1;
    bad += i32(!isFinite32(scale));
    const channel = part * linear.partChannels + spread(row, linear.outputGroup);
    if (linear.scales) {
      let total = 0;
      for (let group = 0, input = 0; group < linear.inputs; group += linear.inputGroup) {
        total += storeInt8Row(
          linear.weights, linear.rowInputs, channel, input, data + <usize>group, linear.inputGroup
        );
        input += padded(linear.inputGroup);
      }
      store<f32>(linear.scales + (<usize>channel << 2), scale);
      store<i32>(linear.sums + (<usize>channel << 2), total);
      continue;
    }
    const column =
      linear.weights + <usize>(channel >> 4) * (<usize>linear.rowInputs << 6) + (<usize>(channel & 15) << 2);
    for (let group = 0, input = 0; group < linear.inputs; group += linear.inputGroup) {
      for (let i = group, end = group + linear.inputGroup; i < end; i++, input++) {
        const value = readElement(data, i, type) * scale;
        bad += i32(!isFinite32(value));
        store<f32>(column + (<usize>input << 6), value);
      }
      input = padded(input);
    }
  }
  return bad;
}

/** The bias of one part: `outputs` numbers of `type`. Returns how many are not finite. */
export function storeBias(slot: i32, layer: i32, part: i32, type: i32, count: i32, data: usize): i32 {
  const linear = linearAt(slot, layer);
  let bad = 0;
  for (let i = 0; i < count; i++) {
    const value = readElement(data, i, type);
    bad += i32(!isFinite32(value));
    const channel = part * linear.partChannels + spread(i, linear.outputGroup);
    store<f32>(linear.bias + (<usize>channel << 2), value);
  }
  return bad;
}

/** Numbers between two rows of what a linear layer puts out. */
// @ts-ignore: decorator
@inline
export function outputStride(linear: Linear): i32 {
  return linear.panels << 4;
}

/** out = x · Wᵀ + bias for `rows` rows of x, `stride` numbers apart; rows of `out` are outputStride() apart. */
export function apply(linear: Linear, x: usize, stride: i32, rows: i32, out: usize, scratch: usize): void {
  const outBytes = <usize>outputStride(linear) << 2;
  if (linear.scales) {
    gemmInt8(
      x, <usize>stride << 2, rows, linear.rowInputs, linear.weights, linear.panels, linear.scales,
      linear.sums, linear.bias, out, outBytes, scratch
    );
  } else {
    gemm(
      x, <usize>stride << 2, rows, linear.rowInputs, linear.weights, linear.panels, linear.bias, out, outBytes,
      true
    );
  }
}
