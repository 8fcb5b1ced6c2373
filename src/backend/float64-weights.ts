import type { Weight } from '../architecture/tensor-spec.ts';
import { HashformerError } from '../errors.ts';
import { toFloat64 } from '../formats/elements.ts';
import { dot, type Vector } from './float64.ts';

/** A model's weights in float64, by the names of our layout. */
export class Float64Weights {
  readonly #byName: Map<string, Vector>;

  /** @throws HashformerError `weights`: numbers that are not finite */
  constructor(list: readonly Weight[]) {
    this.#byName = new Map(list.map(({ spec, tensor, scale }) => [spec.name, toFloat64(tensor, scale)]));
    for (const { spec } of list) {
      if (this.get(spec.name).some((value) => !Number.isFinite(value))) {
        throw new HashformerError(
          'weights',
          `The tensor "${spec.reference}" holds numbers that are not finite.`,
        );
      }
    }
  }

  get bytes(): number {
    let bytes = 0;
    for (const tensor of this.#byName.values()) bytes += tensor.byteLength;
    return bytes;
  }

  clear(): void {
    this.#byName.clear();
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  get(name: string): Vector {
    return this.#byName.get(name)!;
  }

  /** Row `index` of a matrix or table, `width` numbers. */
  row(name: string, index: number, width: number): Vector {
    return this.get(name).subarray(index * width, (index + 1) * width);
  }

  /** W · x + b; without a stored bias, W · x. */
  linear(name: string, x: Vector): Vector {
    const weight = this.get(`${name}.weight`);
    const bias = this.#byName.get(`${name}.bias`);
    const outputs = weight.length / x.length;
    return Float64Array.from(
      { length: outputs },
      (_, j) => dot(weight.subarray(j * x.length, (j + 1) * x.length), x) + (bias?.[j] ?? 0),
    );
  }
}
