/**
 * Bits of one element of each dtype that safetensors defines, in the order of its specification: the official
 * writer sorts tensors by it, from the last to the first.
 */
export const DTYPE_BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

export type DType = keyof typeof DTYPE_BITS;

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
  let bits: number = DTYPE_BITS[dtype];
  for (const size of shape) {
    bits = (size as number) >= 0 && Number.isSafeInteger(size) ? bits * (size as number) : Number.NaN;
    if (!Number.isSafeInteger(bits)) return Number.NaN;
  }
  return bits / 8;
}

/** What a file that is no weight file is instead, from its first bytes. */
export function impostor(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  if (head.startsWith('version https://git-lfs'))
    return 'a git-lfs pointer (`git lfs pull` fetches the file)';
  return head[0] === '<' ? 'an HTML or XML page' : head[0] === '{' ? 'a JSON text' : undefined;
}
