import * as abi from '../../assembly/abi.ts';
import type { Hasher } from '../architecture/hasher.ts';
import { enough } from '../wasm/memory.ts';
import type { HashInput, WasmHasher } from './wasm-hasher.ts';

/** What strings hash to, for those who ask: models only need it inside wasm. */
export class StringHasher implements Hasher {
  readonly #hasher: WasmHasher;

  constructor(hasher: WasmHasher) {
    this.#hasher = hasher;
  }

  hash(strings: readonly string[]): { codes: Uint8Array; buckets: Uint32Array } {
    const { wasm, memory } = this.#hasher;
    this.#hashAlone(strings);
    return {
      codes: memory.bytes(wasm.region(abi.CODES), strings.length * abi.CODE_BYTES).slice(),
      buckets: new Uint32Array(memory.words(wasm.region(abi.BUCKETS), strings.length)),
    };
  }

  features(strings: readonly string[]): number[][] {
    if (strings.length === 0) return [];
    const { wasm, memory } = this.#hasher;
    this.#hashAlone(strings);
    const starts = memory.words(wasm.region(abi.FEATURE_STARTS), strings.length + 1);
    const features = memory.words(wasm.region(abi.FEATURES), starts[strings.length]!);
    return strings.map((_, i) => Array.from(features.subarray(starts[i], starts[i + 1])));
  }

  #hashAlone(strings: readonly string[]): void {
    const hasher = this.#hasher;
    const input = hasher.input(strings);
    enough(hasher.wasm.prepare(strings.length, input.textBytes, 0, 0, 0, input.pieces, 0, 0));
    hasher.hashInPlace(input, writeSpans);
  }
}

/** Writes the strings one by one, and where each is: what splitText() cannot find out when they hold newlines. */
function writeSpans(
  { wasm, memory, encoder, marks: [open, close] }: WasmHasher,
  { tokens, textBytes }: HashInput,
): void {
  const start = wasm.region(abi.TEXT) >>> 0;
  const text = memory.bytes(start, textBytes);
  const spans = memory.words(wasm.region(abi.SPANS), tokens.length * 2);
  let at = 0;
  for (const [i, token] of tokens.entries()) {
    const { written } = encoder.encodeInto(open + token + close, text.subarray(at));
    spans[2 * i] = start + at + open.length;
    spans[2 * i + 1] = written - open.length - close.length;
    at += written;
  }
}
