import type { StoredTensor } from './stored-tensor.ts';

/** Element types that weights may be stored in, as what the file says of them. */
type Decode = (view: DataView, index: number) => number;

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const DECODERS: Record<string, Decode> = {
  F64: (view, i) => view.getFloat64(i * 8, true),
  F32: (view, i) => view.getFloat32(i * 4, true),
  F16: (view, i) => half(view.getUint16(i * 2, true)),
  BF16: (view, i) => {
    const word = new DataView(new ArrayBuffer(4));
    word.setUint16(0, view.getUint16(i * 2, true));
    return word.getFloat32(0);
  },
  I8: (view, i) => view.getInt8(i),
};

/** How many numbers a tensor of this shape has. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A stored tensor's numbers, exactly; int8 times its scale a row. */
export function toFloat64(tensor: StoredTensor, scale: StoredTensor | null): Float64Array {
  const decode = DECODERS[tensor.dtype]!;
  const count = countOf(tensor.shape);
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  const values = Float64Array.from({ length: count }, (_, i) => decode(view, i));
  if (scale === null) return values;
  const scales = toFloat64(scale, null);
  const width = count / scales.length;
  // What wasm multiplies in float32 is a float32 here too.
  return values.map((value, i) => Math.fround(value * scales[Math.floor(i / width)]!));
}
