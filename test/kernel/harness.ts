import type { Tier } from '../../src/runtime/tier.ts';
import { normal, type Random } from '../helpers.ts';
import { compileKernels } from './compile-kernels.ts';

type Kernel = (...values: (number | bigint)[]) => number;

/** One instance, and a region of its memory to work in. */
export class Kernels {
  readonly run: Record<string, Kernel>;
  readonly base: number;
  readonly #memory: WebAssembly.Memory;

  constructor(instance: WebAssembly.Instance) {
    const { memory, ...functions } = instance.exports;
    this.#memory = memory as WebAssembly.Memory;
    this.run = functions as typeof this.run;
    this.base = this.run.stage!(1 << 22);
  }

  bytes(at: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory.buffer, at, length);
  }

  floats(at: number, count: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#memory.buffer, at, count);
  }

  words(at: number, count: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#memory.buffer, at, count);
  }

  doubles(at: number, count: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#memory.buffer, at, count);
  }

  /** What a kernel that works in place makes of numbers, a multiple of four of them. */
  map(name: string, numbers: ArrayLike<number>): Float32Array {
    const count = (numbers.length + 3) & ~3;
    this.floats(this.base, count).fill(0);
    this.floats(this.base, count).set(numbers);
    this.run[name]!(this.base, count);
    return this.floats(this.base, numbers.length).slice();
  }
}

const compiled = new Map<Tier, Promise<WebAssembly.Module>>();

/** A fresh instance of a tier's kernels. */
export async function kernels(tier: Tier): Promise<Kernels> {
  let module = compiled.get(tier);
  module ??= compileKernels(tier).then((bytes) => WebAssembly.compile(bytes as BufferSource));
  compiled.set(tier, module);
  return new Kernels(await WebAssembly.instantiate(await module, {}));
}

/** `count` float32 numbers from `low` to `high`, evenly spread. */
export function spread(low: number, high: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}

/** `count` float32 numbers, about normal. */
export function normals(random: Random, count: number, deviation = 1): Float32Array {
  return Float32Array.from({ length: count }, () => normal(random) * deviation);
}

/** The numbers that a row of `width` takes in memory. */
export const padded = (width: number) => (width + 15) & ~15;
