/**
 * A dense array of float32 in row-major order.
 *
 * Ragged results (hidden states of texts of different lengths) are stored without padding: `shape` is
 * `[rows, size]` and text `i` owns rows `offsets[i]` to `offsets[i + 1]` (exclusive).
 */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
  /** Only on ragged results: batch + 1 row numbers. */
  readonly offsets?: Uint32Array;
}
