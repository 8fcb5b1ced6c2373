// Stored element types, as safetensors has them, to f32.

import { BF16, F32, I8 } from '../abi';

/** Bytes of one element. */
export function elementBytes(type: i32): usize {
  return type == F32 ? 4 : type == I8 ? 1 : 2;
}

/** Element `index` of an unaligned array of `type`, exactly. */
export function readElement(data: usize, index: i32, type: i32): f32 {
  if (type == F32) return load<f32>(data + (<usize>index << 2));
  if (type == I8) return <f32>load<i8>(data + <usize>index);
  const half = <u32>load<u16>(data + (<usize>index << 1));
  return type == BF16 ? reinterpret<f32>(half << 16) : fromHalf(half);
}

/** IEEE 754 binary16 to binary32. */
function fromHalf(half: u32): f32 {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent == 31) return reinterpret<f32>(sign | 0x7f800000 | (fraction << 13));
  if (exponent == 0) return reinterpret<f32>(sign | reinterpret<u32>(<f32>fraction * <f32>5.9604644775390625e-8));
  return reinterpret<f32>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

/** True when the `count` numbers are all finite. */
export function allFinite(data: usize, count: i32): bool {
  for (let end = data + (<usize>count << 2); data < end; data += 4) {
    if ((load<u32>(data) & 0x7f800000) == 0x7f800000) return false;
  }
  return true;
}
