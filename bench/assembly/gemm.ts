// The product's kernel, exported by itself: the inference module has no reason to.

import { gemm } from '../../assembly/kernel/gemm';

/** C = A · B + bias; A [m, k] at `a`, B packed in panels at `b`, C [m, 16 · panels]. */
export function run(a: usize, m: i32, k: i32, b: usize, panels: i32, bias: usize, c: usize): void {
  gemm(a, (<usize>k) << 2, m, k, b, panels, bias, c, (<usize>panels) << 6, true);
}
