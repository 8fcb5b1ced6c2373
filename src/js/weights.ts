import type { Weight } from '../architecture/tensor-spec.ts';
import { HashformerError } from '../errors.ts';
import { addStoredRow, countNotFinite, element, signed, storedRow } from './elements.ts';
import { gemm } from './kernel/gemm.ts';
import { gemmInt8, SECOND } from './kernel/int8.ts';
import { doubles, floats, type Numbers } from './numbers.ts';

/** y = W · x + b for each row of x. */
export interface Linear {
  readonly outputs: number;
  apply(x: readonly Numbers[], out: readonly Numbers[]): void;
}

/** A model's weights by the names of our layout, each made ready when it is first asked for. */
export class ModelWeights {
  readonly byName: Record<string, Weight> = {};

  /** @throws HashformerError `weights`: numbers that are not finite */
  constructor(list: readonly Weight[]) {
    for (const weight of list) {
      const { spec, tensor, scale } = weight;
      const bad = countNotFinite(tensor) + (scale === null ? 0 : countNotFinite(scale));
      if (bad > 0) {
        throw new HashformerError(
          'weights',
          `The tensor "${spec.reference}" holds ${bad} numbers that are not finite.`,
        );
      }
      this.byName[spec.name] = weight;
    }
  }

  has(name: string): boolean {
    return this.byName[name] !== undefined;
  }

  /** A tensor of one dimension. */
  vector(name: string): Numbers {
    const { spec, tensor } = this.byName[name]!;
    return storedRow(tensor, null, 0, spec.shape[0]!);
  }

  /** Adds a row of a table to `out`. Tables are decoded row by row, as few rows of them are ever used. */
  table(name: string): (row: number, out: Numbers) => void {
    const weight = this.byName[name]!;
    const width = weight.spec.shape[1]!;
    const scales = scalesOf(weight);
    return (row, out) => addStoredRow(weight.tensor, scales, row, width, out);
  }

  /** The rows of a matrix. */
  matrix(name: string): Numbers[] {
    const weight = this.byName[name]!;
    const [count, width] = weight.spec.shape as [number, number];
    const scales = scalesOf(weight);
    const list: Numbers[] = [];
    for (let row = 0; row < count; row++) list.push(storedRow(weight.tensor, scales, row, width));
    return list;
  }

  /**
   * Linear layers over the same input as one. Where all are int8 it computes in int8; a mixture computes in float32.
   *
   * @param padded whether wasm pads the input with zeros, which its range then holds
   */
  linear(names: readonly string[], padded = false): Linear {
    const bias: number[] = [];
    const parts = names.map((name) => {
      const weight = this.byName[`${name}.weight`]!;
      const outputs = weight.spec.shape[0]!;
      const given = this.has(`${name}.bias`) ? this.vector(`${name}.bias`) : floats(outputs);
      for (let i = 0; i < outputs; i++) bias.push(given[i]!);
      return weight;
    });
    const inputs = parts[0]!.spec.shape[1]!;
    if (parts.every(({ tensor }) => tensor.dtype === 'I8')) return int8Layer(parts, inputs, padded, bias);
    const weights: Numbers[] = [];
    for (const name of names) for (const row of this.matrix(`${name}.weight`)) weights.push(row);
    return {
      outputs: weights.length,
      apply: (x, out) => gemm(x, inputs, weights, bias, out),
    };
  }
}

function scalesOf({ scale }: Weight): Numbers | null {
  return scale === null ? null : storedRow(scale, null, 0, scale.shape[0]!);
}

function int8Layer(
  parts: readonly Weight[],
  inputs: number,
  padded: boolean,
  bias: readonly number[],
): Linear {
  const pairs: Numbers[] = [];
  const scales: number[] = [];
  const sums: number[] = [];
  for (const { tensor, scale } of parts) {
    for (let row = 0; row < tensor.shape[0]!; row++) {
      const isFirst = scales.length % 2 === 0;
      if (isFirst) pairs.push(doubles(inputs));
      const pair = pairs[pairs.length - 1]!;
      const factor = isFirst ? 1 : SECOND;
      let sum = 0;
      for (let k = 0; k < inputs; k++) {
        const value = signed(tensor.data[row * inputs + k]!);
        pair[k] = pair[k]! + value * factor;
        sum += value;
      }
      scales.push(element(scale!, row));
      sums.push(sum);
    }
  }
  return {
    outputs: scales.length,
    apply: gemmInt8({ inputs, padded, pairs, scales, sums, bias }),
  };
}
