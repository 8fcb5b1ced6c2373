// Bytes from whatever an engine has them in.

import { bytes, type Numbers } from './numbers.ts';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Characters that are cut out at a time: in some engines finding a character takes as long as all before it. */
const CHUNK = 1024;

/** Bytes of a base64 string; undefined if it is none. */
function fromBase64(text: string): Numbers | undefined {
  const values: number[] = [];
  for (let i = 0; i < DIGITS.length; i++) values[DIGITS.charCodeAt(i)] = i;
  let end = text.length;
  const tail = text.slice(-2);
  if (tail.charAt(1) === '=') end -= tail.charAt(0) === '=' ? 2 : 1;
  const result = bytes(Math.floor((end * 3) / 4));
  let bits = 0;
  let at = 0;
  let chunk = '';
  for (let i = 0; i < end; i++) {
    if (i % CHUNK === 0) chunk = text.slice(i, i + CHUNK);
    const digit = values[chunk.charCodeAt(i % CHUNK)];
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
  if (typeof Uint8Array === 'function' && tag === '[object ArrayBuffer]')
    return copy(new Uint8Array(value as ArrayBuffer));
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
