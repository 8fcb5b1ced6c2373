import { countOf } from '../formats/elements.ts';
import type { StoredTensor } from '../formats/stored-tensor.ts';
import type { Exports } from './exports.ts';
import { enough, WasmMemory } from './memory.ts';

/** Numbers that are drawn in wasm at a time. */
const CHUNK = 1 << 18;

/** A tensor with normal numbers of the given deviation, from the module's generator. */
export function normalTensor(wasm: Exports, shape: readonly number[], deviation: number): StoredTensor {
  const memory = new WasmMemory(wasm);
  const count = countOf(shape);
  const data = new Uint8Array(count * 4);
  for (let at = 0; at < count; at += CHUNK) {
    const numbers = Math.min(CHUNK, count - at);
    const address = enough(wasm.stage(numbers * 4));
    wasm.fillNormal(address, numbers, deviation);
    data.set(memory.bytes(address, numbers * 4), at * 4);
  }
  return { dtype: 'F32', shape: [...shape], data };
}
