// Weights, gradients and moments out of the module and back, in rows as PyTorch has them. `kind` says which of the four
// (abi.ts); `writes` whether numbers go from `data` to the model or the other way.

import { linearAt, spread, tableAt } from '../tensor';
import { distanceTo } from './parameters';

/** `count` rows of a table from row `first` on. */
export function copyTableRows(
  slot: i32, layer: i32, kind: i32, first: i32, count: i32, data: usize, writes: bool
): void {
  const table = tableAt(slot, layer);
  const bytes = <usize>table.width << 2, step = <usize>table.stride << 2;
  let row = table.data + distanceTo(kind) + <usize>first * step;
  for (; count > 0; count--, row += step, data += bytes) {
    memory.copy(writes ? row : data, writes ? data : row, bytes);
  }
}

/** `count` rows, from row `first` on, of one part of a linear layer's weight. */
export function copyLinearRows(
  slot: i32, layer: i32, part: i32, kind: i32, first: i32, count: i32, data: usize, writes: bool
): void {
  const linear = linearAt(slot, layer);
  const weights = linear.weights + distanceTo(kind);
  for (let row = first; row < first + count; row++) {
    const channel = part * linear.partChannels + spread(row, linear.outputGroup);
    const column = weights + <usize>(channel >> 4) * (<usize>linear.rowInputs << 6) + (<usize>(channel & 15) << 2);
    for (let i = 0; i < linear.inputs; i++, data += 4) {
      copyNumber(column + (<usize>spread(i, linear.inputGroup) << 6), data, writes);
    }
  }
}

/** The `count` numbers of one part of a linear layer's bias. */
export function copyBias(
  slot: i32, layer: i32, part: i32, kind: i32, count: i32, data: usize, writes: bool
): void {
  const linear = linearAt(slot, layer);
  const bias = linear.bias + distanceTo(kind);
  for (let i = 0; i < count; i++, data += 4) {
    const channel = part * linear.partChannels + spread(i, linear.outputGroup);
    copyNumber(bias + (<usize>channel << 2), data, writes);
  }
}

// @ts-ignore: decorator
@inline
function copyNumber(number: usize, data: usize, writes: bool): void {
  if (writes) store<f32>(number, load<f32>(data));
  else store<f32>(data, load<f32>(number));
}
