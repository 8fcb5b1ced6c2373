// What the sources that this build shares with the core use of newer JavaScript, for engines of ES5. The build puts these
// in the place of the originals (scripts/build/es5.mjs), in all engines alike; nothing global is changed.

type List<T> = { readonly [index: number]: T; readonly length: number };

/** A Uint8Array, or where there is none an array of ES5. */
interface Bytes {
  subarray?(from: number, to?: number): unknown;
  slice(from: number, to?: number): unknown;
}

export function isInteger(value: unknown): boolean {
  return typeof value === 'number' && value - value === 0 && Math.floor(value) === value;
}

export function isSafeInteger(value: unknown): boolean {
  return isInteger(value) && Math.abs(value as number) <= 2 ** 53 - 1;
}

export function isFiniteNumber(value: unknown): boolean {
  return typeof value === 'number' && value - value === 0;
}

export function trunc(x: number): number {
  return x < 0 ? -Math.floor(-x) : Math.floor(x);
}

/** Array.from() of what has a length. */
export function arrayFrom(given: List<unknown>, map?: (value: unknown, index: number) => unknown): unknown[] {
  const result: unknown[] = [];
  for (let i = 0; i < given.length; i++) result.push(map ? map(given[i], i) : given[i]);
  return result;
}

export function values(object: Record<string, unknown>): unknown[] {
  return Object.keys(object).map((key) => object[key]);
}

/** Object.entries(); of an array without its keys, which mujs does not list. */
export function pairs(object: Record<string, unknown>): [string, unknown][] {
  if (Array.isArray(object)) return object.map((value, i) => [String(i), value]);
  return Object.keys(object).map((key) => [key, object[key]]);
}

export function fromEntries(entries: readonly [string, unknown][]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (let i = 0; i < entries.length; i++) result[entries[i]![0]] = entries[i]![1];
  return result;
}

export function assign(target: Record<string, unknown>, source: Record<string, unknown>): unknown {
  for (const key of Object.keys(source)) target[key] = source[key];
  return target;
}

/** Object.freeze(), which ES5 refuses for what is no object. */
export function freeze(value: unknown): unknown {
  return Object(value) === value ? Object.freeze(value) : value;
}

const isOwn = Object.prototype.hasOwnProperty;

export function hasOwn(object: object, key: string): boolean {
  return isOwn.call(object, key);
}

export function fromCodePoint(codePoint: number): string {
  if (codePoint < 0x10000) return String.fromCharCode(codePoint);
  const rest = codePoint - 0x10000;
  return String.fromCharCode(0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
}

/** string.codePointAt() within the string. */
export function codePointAt(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if ((first & 0xfc00) !== 0xd800 || at + 1 === text.length) return first;
  const second = text.charCodeAt(at + 1);
  if ((second & 0xfc00) !== 0xdc00) return first;
  return 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
}

/** array.entries() */
export function indexed<T>(list: List<T>): [number, T][] {
  const result: [number, T][] = [];
  for (let i = 0; i < list.length; i++) result.push([i, list[i]!]);
  return result;
}

/** array.includes() and string.includes(); NaN is found too, which indexOf() does not find. */
export function includes<T>(list: T[] | string, value: T): boolean {
  if ((list as T[]).indexOf(value) >= 0) return true;
  return isNotANumber(value) && (list as T[]).some(isNotANumber);
}

function isNotANumber(value: unknown): boolean {
  return typeof value === 'number' && !(value >= 0 || value < 0);
}

export function find<T>(list: readonly T[], holds: (value: T) => boolean): T | undefined {
  return list.filter(holds)[0];
}

export function flatMap<T, R>(list: readonly T[], map: (value: T, index: number) => R | R[]): R[] {
  return ([] as R[]).concat(...list.map((value, i) => map(value, i)));
}

export function fill<T>(list: { [index: number]: T; length: number }, value: T, from = 0, to = list.length) {
  for (let i = from; i < to; i++) list[i] = value;
  return list;
}

export function reduceRight<T, R>(list: List<T>, step: (result: R, value: T) => R, start: R): R {
  let result = start;
  for (let i = list.length - 1; i >= 0; i--) result = step(result, list[i]!);
  return result;
}

/** A view of bytes; where there are no typed arrays, a copy. */
export function subarray(bytes: Bytes, from: number, to?: number): unknown {
  return bytes.subarray ? bytes.subarray(from, to) : bytes.slice(from, to);
}

export function startsWith(text: string, start: string): boolean {
  return text.slice(0, start.length) === start;
}

export function endsWith(text: string, end: string): boolean {
  return text.length >= end.length && text.slice(text.length - end.length) === end;
}

export function trimStart(text: string): string {
  return text.replace(/^\s+/, '');
}

/** In the place of Int32Array and Uint32Array: their numbers are read more often than stored. */
export function Integers(length: number): number[] {
  return fill([], 0, 0, length) as number[];
}

/** A Map from strings. */
export class StringMap<T> {
  private readonly index: Record<string, number> = Object.create(null);
  private readonly list: [string, T][] = [];

  get size(): number {
    return this.list.length;
  }

  has(key: string): boolean {
    return `$${key}` in this.index;
  }

  get(key: string): T | undefined {
    return this.has(key) ? this.list[this.index[`$${key}`]!]![1] : undefined;
  }

  set(key: string, value: T): this {
    if (this.has(key)) {
      this.list[this.index[`$${key}`]!]![1] = value;
    } else {
      this.index[`$${key}`] = this.list.length;
      this.list.push([key, value]);
    }
    return this;
  }

  keys(): string[] {
    return this.list.map(([key]) => key);
  }
}

/** A Set of strings. */
export class StringSet {
  private readonly map = new StringMap<true>();

  has(value: string): boolean {
    return this.map.has(value);
  }

  add(value: string): this {
    this.map.set(value, true);
    return this;
  }
}

/** Decodes UTF-8: what is not well-formed is an error where `fatal`, else U+FFFD a byte. */
export class Utf8Decoder {
  private readonly fatal: boolean;

  constructor(_encoding?: string, options?: { fatal?: boolean }) {
    this.fatal = options?.fatal === true;
  }

  decode(bytes: List<number>): string {
    let text = '';
    for (let i = 0; i < bytes.length; ) {
      const first = bytes[i]!;
      const more =
        first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : -1;
      let codePoint = more === 0 ? first : first & (0x3f >> more);
      let valid = more >= 0 && i + more < bytes.length;
      for (let j = 1; valid && j <= more; j++) {
        valid = (bytes[i + j]! & 0xc0) === 0x80;
        codePoint = (codePoint << 6) | (bytes[i + j]! & 63);
      }
      // Longer than need be, a surrogate, or beyond Unicode.
      if (more === 2) valid = valid && codePoint >= 0x800 && (codePoint & 0xf800) !== 0xd800;
      if (more === 3) valid = valid && codePoint >= 0x10000 && codePoint < 0x110000;
      if (!valid && this.fatal) throw new TypeError('The encoded data was not valid UTF-8');
      text += valid ? fromCodePoint(codePoint) : '\ufffd';
      i += valid ? more + 1 : 1;
    }
    return text;
  }
}
