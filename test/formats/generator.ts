import { expect } from 'vitest';
import { type ErrorCode, HashformerError } from '../../src/errors.ts';

/** A repeatable generator of integers from 0 to below n (mulberry32). */
export function generator(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

/** A damaged copy of a file: cut, extended, or with some bytes replaced. */
export function damage(bytes: Uint8Array, random: (n: number) => number): Uint8Array {
  const kind = random(4);
  if (kind === 0) return bytes.slice(0, random(bytes.length));
  const copy = new Uint8Array(bytes.length + (kind === 1 ? random(20) : 0));
  copy.set(bytes);
  // Headers stand at the ends, so bytes there are hit more often.
  const range = random(2) ? copy.length : Math.min(400, copy.length);
  for (let i = random(4); i >= 0; i--) {
    const at = random(range);
    copy[random(2) ? at : copy.length - 1 - at] = random(2) ? random(256) : [0, 0x7f, 0x80, 0xff][random(4)]!;
  }
  return copy;
}

/** What `action` returns, or undefined where it throws an error of ours and of that code. */
export function attempt<T>(action: () => T, code: ErrorCode): T | undefined {
  try {
    return action();
  } catch (error) {
    expect(error).toBeInstanceOf(HashformerError);
    expect((error as HashformerError).code).toBe(code);
    return undefined;
  }
}

/** The error that `action` throws, which must be ours and of that code. */
export function errorOf(action: () => unknown, code: ErrorCode): HashformerError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(HashformerError);
    expect((error as HashformerError).code).toBe(code);
    return error as HashformerError;
  }
  throw new Error(`expected an error of code ${code}`);
}
