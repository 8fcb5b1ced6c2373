import { HashformerError } from '../errors.ts';
import type { Exports } from './exports.ts';

/** The memory of one wasm instance. Views are made at each use: growth replaces the buffer. */
export class WasmMemory {
  readonly #memory: WebAssembly.Memory;

  constructor(exports: Exports) {
    this.#memory = exports.memory;
  }

  get size(): number {
    return this.#memory.buffer.byteLength;
  }

  bytes(address: number, count: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory.buffer, address >>> 0, count);
  }

  floats(address: number, count: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#memory.buffer, address >>> 0, count);
  }

  words(address: number, count: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#memory.buffer, address >>> 0, count);
  }

  doubles(address: number, count: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#memory.buffer, address >>> 0, count);
  }
}

function outOfMemory(cause?: unknown): HashformerError {
  return new HashformerError(
    'memory',
    'The engine gave no more memory for this model or batch; use a smaller model or batch size.',
    cause === undefined ? {} : { cause },
  );
}

/** Throws `memory` where a wasm call says that there was not enough. Returns an address as an unsigned number. */
export function enough(result: number): number {
  if (result === 0) throw outOfMemory();
  return result >>> 0;
}

/** What a task gives. The RangeError with which engines refuse an array or an instance becomes `memory`. */
export async function withinMemory<T>(task: () => T | Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (cause) {
    throw cause instanceof RangeError ? outOfMemory(cause) : cause;
  }
}
