// What tokens hash to, for those who ask: models only need it inside wasm.

import * as abi from '../../assembly/abi.ts';
import { enough } from '../wasm/memory.ts';
import type { Hasher, HashInput } from './hasher.ts';

/** Bytes of a code. */
export const CODE_BYTES = 16;

/** What strings hash to. */
export interface Hashes {
  /** 128 bits each, most significant first. */
  readonly codes: Uint8Array;
  /** One each, without the offset of 5. Meaningful where the variant looks up buckets (`emb`). */
  readonly buckets: Uint32Array;
}

/** Codes and buckets of any strings (not for `ngram`). */
export function hashStrings(hasher: Hasher, strings: readonly string[]): Hashes {
  const { wasm, memory } = hasher;
  hashAlone(hasher, strings);
  return {
    codes: memory.bytes(wasm.region(abi.CODES), strings.length * CODE_BYTES).slice(),
    buckets: new Uint32Array(memory.words(wasm.region(abi.BUCKETS), strings.length)),
  };
}

/** Buckets of the features of each string (`ngram` only). */
export function hashFeatures(hasher: Hasher, strings: readonly string[]): number[][] {
  if (strings.length === 0) return [];
  const { wasm, memory } = hasher;
  hashAlone(hasher, strings);
  const starts = memory.words(wasm.region(abi.FEATURE_STARTS), strings.length + 1);
  const features = memory.words(wasm.region(abi.FEATURES), starts[strings.length]!);
  return strings.map((_, i) => Array.from(features.subarray(starts[i], starts[i + 1])));
}

function hashAlone(hasher: Hasher, strings: readonly string[]): void {
  const input = hasher.input(strings);
  enough(hasher.wasm.prepare(strings.length, input.textBytes, 0, 0, 0, input.pieces, 0, 0));
  hasher.hashInPlace(input, writeSpans);
}

/** Writes the strings one by one, and where each is: what splitText() cannot find out when they hold newlines. */
function writeSpans(
  { wasm, memory, encoder, marks: [open, close] }: Hasher,
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
