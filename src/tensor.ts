/** Numbers in lists, as deep as a shape is long. */
export type NestedNumbers = number[] | NestedNumbers[];

/** Numbers of a shape from `start` on, as lists. */
function lists(
  data: ArrayLike<number>,
  shape: readonly number[],
  axis: number,
  start: number,
): NestedNumbers {
  const length = shape[axis]!;
  let size = 1;
  for (let i = axis + 1; i < shape.length; i++) size *= shape[i]!;
  const numbers: number[] = [];
  const parts: NestedNumbers[] = [];
  for (let i = 0; i < length; i++) {
    if (axis + 1 === shape.length) numbers.push(data[start + i]!);
    else parts.push(lists(data, shape, axis + 1, start + i * size));
  }
  return parts.length > 0 ? parts : numbers;
}

/**
 * A dense array of float32 in row-major order.
 *
 * Ragged results (hidden states of texts of different lengths) are stored without padding: `shape` is
 * `[rows, size]` and text `i` owns rows `offsets[i]` to `offsets[i + 1]` (exclusive).
 *
 * It is an object of these fields: it can be taken apart, and what structuredClone() or postMessage() makes of it has
 * them too, though not `dims` and `tolist()`.
 */
export class Tensor<
  Lists = NestedNumbers,
  Data extends ArrayLike<number> = Float32Array,
  Offsets extends ArrayLike<number> = Uint32Array,
> {
  readonly data: Data;
  readonly shape: readonly number[];
  /** Only on ragged results: batch + 1 row numbers. */
  declare readonly offsets?: Offsets;

  /** @internal */
  constructor(data: Data, shape: readonly number[], offsets?: Offsets) {
    this.data = data;
    this.shape = shape;
    if (offsets !== undefined) this.offsets = offsets;
  }

  /** The shape, as transformers.js calls it. */
  get dims(): readonly number[] {
    return this.shape;
  }

  /**
   * The numbers in lists as deep as the shape is long: of [rows, size] a list a row. Of a ragged result a list a text,
   * each of a list a row, of as many rows as the text has tokens.
   */
  tolist(): Lists {
    const rows = lists(this.data, this.shape, 0, 0) as NestedNumbers[];
    if (this.offsets === undefined) return rows as Lists;
    const texts: NestedNumbers[][] = [];
    for (let i = 1; i < this.offsets.length; i++) {
      texts.push(rows.slice(this.offsets[i - 1], this.offsets[i]));
    }
    return texts as Lists;
  }
}

/** A row a text. */
export type Matrix = Tensor<number[][]>;

/** A row a token, with `offsets`. */
export type RaggedTensor = Tensor<number[][][]> & { readonly offsets: Uint32Array };
