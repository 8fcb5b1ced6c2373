import * as abi from '../../assembly/abi.ts';
import type { DType } from '../formats/stored-tensor.ts';

/** Types that weights are saved in. */
export const WEIGHT_DTYPES = ['f32', 'f16', 'bf16', 'int8'] as const;
export type WeightDType = (typeof WEIGHT_DTYPES)[number];

interface DTypeRecord {
  /** What safetensors calls it. */
  readonly stored: DType;
  readonly bytes: number;
  /** Its number in the wasm module. */
  readonly number: number;
}

export const WEIGHT_DTYPE = {
  f32: { stored: 'F32', bytes: 4, number: abi.F32 },
  f16: { stored: 'F16', bytes: 2, number: abi.F16 },
  bf16: { stored: 'BF16', bytes: 2, number: abi.BF16 },
  int8: { stored: 'I8', bytes: 1, number: abi.I8 },
} as const satisfies Record<WeightDType, DTypeRecord>;

/** The type of weights that a stored type is, if it is one. */
export function weightDType(stored: DType): WeightDType | undefined {
  return WEIGHT_DTYPES.find((dtype) => WEIGHT_DTYPE[dtype].stored === stored);
}
