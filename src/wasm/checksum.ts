import type { Exports } from './exports.ts';
import { enough, WasmMemory } from './memory.ts';

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
