// Stored numbers as float32, by arithmetic alone.

import type { StoredTensor } from '../formats/stored-tensor.ts';
import { f32 } from './kernel/f32.ts';
import { floats, type Numbers } from './numbers.ts';

/** Powers of two from 2^-149 to 2^127. */
let powers: number[] | undefined;

function power(exponent: number): number {
  if (powers === undefined) {
    powers = [];
    let value = 2 ** -149;
    for (let i = -149; i < 128; i++, value *= 2) powers.push(value);
  }
  return powers[exponent + 149]!;
}

/** A binary floating-point number from the upper 16 bits and the lower `low` / 2^16 of a float32. */
function single(high: number, low: number): number {
  const exponent = (high >> 7) & 255;
  const fraction = (high & 127) * 65536 + low;
  const sign = high & 0x8000 ? -1 : 1;
  if (exponent === 255) return Number.NaN;
  if (exponent === 0) return sign * fraction * power(-149);
  return exponent > 149
    ? sign * (8388608 + fraction) * power(exponent - 150)
    : (sign * (8388608 + fraction) * power(exponent - 127)) / 8388608;
}

/** IEEE 754 binary16. */
function half(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return Number.NaN;
  return exponent === 0 ? sign * fraction * power(-24) : sign * (1024 + fraction) * power(exponent - 25);
}

export function signed(byte: number): number {
  return byte < 128 ? byte : byte - 256;
}

/** Element `index` of a tensor, not yet times its scale; infinities and NaN are NaN. */
export function element({ dtype, data }: StoredTensor, index: number): number {
  if (dtype === 'I8') return signed(data[index]!);
  if (dtype !== 'F32') {
    const bits = data[2 * index]! | (data[2 * index + 1]! << 8);
    return dtype === 'F16' ? half(bits) : single(bits, 0);
  }
  const at = 4 * index;
  return single(data[at + 2]! | (data[at + 3]! << 8), data[at]! | (data[at + 1]! << 8));
}

/** A row of `width` numbers, times its scale, added to `out`. */
export function addStoredRow(
  tensor: StoredTensor,
  scales: Numbers | null,
  row: number,
  width: number,
  out: Numbers,
): void {
  const first = row * width;
  if (scales === null) {
    for (let i = 0; i < width; i++) out[i] = f32(out[i]! + element(tensor, first + i));
    return;
  }
  const scale = scales[row]!;
  for (let i = 0; i < width; i++) out[i] = f32(out[i]! + f32(signed(tensor.data[first + i]!) * scale));
}

/** All numbers of a tensor of one dimension, or a row of one of two. */
export function storedRow(tensor: StoredTensor, scales: Numbers | null, row: number, width: number): Numbers {
  const out = floats(width);
  addStoredRow(tensor, scales, row, width, out);
  return out;
}

/** How many of a tensor's numbers are not finite. */
export function countNotFinite(tensor: StoredTensor): number {
  const { dtype, data } = tensor;
  if (dtype === 'I8') return 0;
  const size = dtype === 'F32' ? 4 : 2;
  const [mask, low] = dtype === 'F16' ? [0x7c, 0] : [0x7f, 0x80];
  let count = 0;
  for (let at = size - 1; at < data.length; at += size) {
    if ((data[at]! & mask) === mask && (data[at - 1]! & low) === low) count++;
  }
  return count;
}
