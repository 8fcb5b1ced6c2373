import type { StoredTensor } from '../model/stored-tensor.ts';
import { enough, WasmMemory } from './memory.ts';
import type { Exports } from './module.ts';

/** Bytes that go into wasm at a time. A multiple of 32, as the hash wants. */
const CHUNK = 1 << 20;

/** `xxh64:` and the 16 hex digits of the bytes' XXH64, seed 0 (what `xxhsum -H1` prints). */
export function checksum(wasm: Exports, bytes: Uint8Array): string {
  const memory = new WasmMemory(wasm);
  const address = enough(wasm.stage(Math.min(CHUNK, bytes.length)));
  wasm.beginXxh64();
  let at = 0;
  do {
    const chunk = bytes.subarray(at, at + CHUNK);
    memory.bytes(address, chunk.length).set(chunk);
    wasm.updateXxh64(address, chunk.length);
    at += CHUNK;
  } while (at < bytes.length);
  return `xxh64:${BigInt.asUintN(64, wasm.xxh64()).toString(16).padStart(16, '0')}`;
}

/** A tensor with normal numbers of the given deviation, from the module's generator. */
export function normalTensor(wasm: Exports, shape: readonly number[], deviation: number): StoredTensor {
  const memory = new WasmMemory(wasm);
  const count = shape.reduce((product, size) => product * size, 1);
  const data = new Uint8Array(count * 4);
  const step = CHUNK / 4;
  for (let at = 0; at < count; at += step) {
    const numbers = Math.min(step, count - at);
    const address = enough(wasm.stage(numbers * 4));
    wasm.fillNormal(address, numbers, deviation);
    data.set(memory.bytes(address, numbers * 4), at * 4);
  }
  return { dtype: 'F32', shape: [...shape], data };
}
