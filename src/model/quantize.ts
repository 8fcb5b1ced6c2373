import { TOKEN_TABLE } from '../../assembly/abi.ts';
import { WEIGHT_DTYPE, type WeightDType } from '../architecture/dtypes.ts';
import type { Weight } from '../architecture/tensor-spec.ts';
import { HashformerError } from '../errors.ts';
import { toFloat64 } from '../formats/elements.ts';

const INT8_LIMIT = 127;
const LARGEST = {
  f16: 65504,
  /** What is larger rounds to infinity. */
  bf16: 3.3895313892515355e38,
};

/** Rounds to a multiple of `unit`, ties to even. */
function roundTo(value: number, unit: number): number {
  const scaled = value / unit;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  return (floor + (up ? 1 : 0)) * unit;
}

/** Exponent of the largest power of two that is not larger than |value|. */
function exponentOf(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return ((view.getUint16(0) >> 4) & 0x7ff) - 1023;
}

/** Magnitude of the nearest IEEE 754 binary16, where it has one: see LARGEST. */
export function halfMagnitude(value: number): number {
  return roundTo(Math.abs(value), 2 ** (Math.max(exponentOf(value), -14) - 10));
}

/** Bits of the nearest IEEE 754 binary16. */
function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const rounded = halfMagnitude(value);
  if (rounded < 2 ** -14) return sign | (rounded / 2 ** -24);
  const power = exponentOf(rounded);
  return sign | ((power + 15) << 10) | (rounded / 2 ** (power - 10) - 1024);
}

/** Bits of the nearest bfloat16. */
function brainBits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function words(values: Float64Array, bits: (value: number) => number): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 2));
  for (const [i, value] of values.entries()) view.setUint16(i * 2, bits(value), true);
  return new Uint8Array(view.buffer);
}

function floats(values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (let i = 0; i < values.length; i++) view.setFloat32(i * 4, values[i]!, true);
  return new Uint8Array(view.buffer);
}

/** Symmetric int8: each row is divided by its largest magnitude / 127. */
function quantizeRows(values: Float64Array, shape: readonly number[]): Pick<Weight, 'tensor' | 'scale'> {
  const [rows, width] = shape as [number, number];
  const data = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const from = values.subarray(row * width, (row + 1) * width);
    const largest = from.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const scale = Math.fround(largest / INT8_LIMIT);
    scales[row] = scale;
    if (scale === 0) continue;
    for (const [i, value] of from.entries()) {
      data[row * width + i] = Math.max(-INT8_LIMIT, Math.min(INT8_LIMIT, Math.round(value / scale)));
    }
  }
  return {
    tensor: { dtype: 'I8', shape: [...shape], data: new Uint8Array(data.buffer) },
    scale: { dtype: 'F32', shape: [rows], data: floats(scales) },
  };
}

/** Linear layers by output channel, and the table that is looked up by hash, by row. What is left is small. */
function isQuantized({ spec }: Weight): boolean {
  return spec.kind === 'linear' || spec.slot === TOKEN_TABLE;
}

/**
 * The same weights in another type.
 *
 * @param dtype `int8` leaves what is small (biases, LayerNorms, positions, …) in f32
 * @throws HashformerError `argument`: a number is too large for f16 or bf16
 */
export function convertWeight(weight: Weight, dtype: WeightDType): Weight {
  const { spec, tensor, scale } = weight;
  const values = toFloat64(tensor, scale);
  const stored = (to: WeightDType, data: Uint8Array): Weight => ({
    spec,
    tensor: { dtype: WEIGHT_DTYPE[to].stored, shape: [...tensor.shape], data },
    scale: null,
  });
  const within = (to: keyof typeof LARGEST) => {
    if (!values.some((value) => Math.abs(value) > LARGEST[to])) return values;
    throw new HashformerError(
      'argument',
      `The tensor "${spec.reference}" holds a number above ${LARGEST[to]}, the largest of ${to}; use f32.`,
    );
  };
  switch (dtype) {
    case 'f32':
      return stored('f32', floats(values));
    case 'f16':
      return stored('f16', words(within('f16'), halfBits));
    case 'bf16':
      return stored('bf16', words(within('bf16'), brainBits));
    case 'int8':
      if (!isQuantized(weight)) return stored('f32', floats(values));
      return tensor.dtype === 'I8' ? weight : { spec, ...quantizeRows(values, tensor.shape) };
  }
}
