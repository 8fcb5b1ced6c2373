/** The dtypes that safetensors defines, in the order of its specification: its writer sorts by it, last first. */
export const DTYPES =
  'BOOL F4 F6_E2M3 F6_E3M2 U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ I16 U16 F16 BF16 I32 U32 F32 C64 F64 I64 U64'.split(
    ' ',
  ) as readonly DType[];

export type DType =
  | 'BOOL'
  | 'F4'
  | 'F6_E2M3'
  | 'F6_E3M2'
  | `F8_${'E5M2' | 'E4M3' | 'E8M0' | 'E4M3FNUZ' | 'E5M2FNUZ'}`
  | `${'U' | 'I'}${8 | 16 | 32 | 64}`
  | `${'' | 'B'}F16`
  | 'F32'
  | 'F64'
  | 'C64';

/** A tensor as a file holds it: row-major, not yet converted to numbers. */
export interface StoredTensor {
  dtype: DType;
  /** Sizes, outermost first; `[]` is a single number. */
  shape: number[];
  /** Little endian, exactly `byteSize(dtype, shape)` bytes; may be an unaligned view of the file. */
  data: Uint8Array;
}

export interface WeightFile {
  tensors: Map<string, StoredTensor>;
  /** What the file says about itself; without a prototype, so that only its own keys answer. */
  metadata: Record<string, string>;
}

/**
 * Bytes of a tensor. NaN where `shape` holds anything but sizes (integers >= 0) or the product leaves the
 * safe integers; a fraction where sub-byte elements do not fill whole bytes: neither equals any real length.
 */
export function byteSize(dtype: DType, shape: readonly unknown[]): number {
  // A dtype's name holds its bits, but for BOOL, which takes a byte.
  let bits = Number(/\d+/.exec(dtype) ?? 8);
  for (const size of shape) {
    bits = (size as number) >= 0 && Number.isSafeInteger(size) ? bits * (size as number) : Number.NaN;
    if (!Number.isSafeInteger(bits)) return Number.NaN;
  }
  return bits / 8;
}
