// Bytes from whatever an engine has them in.

import { bytes, type Numbers } from './numbers.ts';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes of a base64 string; undefined if it is none. */
function fromBase64(text: string): Numbers | undefined {
  const values: number[] = [];
  for (let i = 0; i < DIGITS.length; i++) values[DIGITS.charCodeAt(i)] = i;
  let end = text.length;
  while (end > text.length - 2 && text.charAt(end - 1) === '=') end--;
  const result = bytes(Math.floor((end * 3) / 4));
  let bits = 0;
  let at = 0;
  for (let i = 0; i < end; i++) {
    const digit = values[text.charCodeAt(i)];
    if (digit === undefined) return undefined;
    bits = ((bits << 6) | digit) & 0xfffff;
    if ((i & 3) !== 0) result[at++] = (bits >> (6 - 2 * (i & 3))) & 255;
  }
  return result;
}

/**
 * A copy of what was given as weights: a Uint8Array, an ArrayBuffer, an array of bytes or a base64 string; undefined of
 * anything else.
 */
export function bytesOf(value: unknown): Numbers | undefined {
  if (typeof value === 'string') return fromBase64(value);
  const tag = Object.prototype.toString.call(value);
  if (tag === '[object ArrayBuffer]') return copy(new Uint8Array(value as ArrayBuffer));
  const typed = typeof Uint8Array === 'function' && value instanceof Uint8Array;
  if (!typed && tag !== '[object Uint8Array]' && !Array.isArray(value)) return undefined;
  return copy(value as Numbers);
}

function copy(given: Numbers): Numbers | undefined {
  const result = bytes(given.length);
  for (let i = 0; i < given.length; i++) {
    const byte = given[i]!;
    if (byte !== (byte & 255)) return undefined;
    result[i] = byte;
  }
  return result;
}
