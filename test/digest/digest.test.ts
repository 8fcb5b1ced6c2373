import { expect, it } from 'vitest';
import { Digest, digest } from './digest.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

// http://www.isthe.com/chongo/src/fnv/test_fnv.c
it.each([
  ['', 'cbf29ce484222325'],
  ['a', 'af63dc4c8601ec8c'],
  ['foobar', '85944171f73967e8'],
  ['chongo was here!\n', '46810940eff5f915'],
])('digests %j to what FNV-1a publishes', (text, expected) => {
  expect(digest(bytes(text))).toBe(expected);
});

it('agrees with FNV-1a in whole numbers', () => {
  const data = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 10 ** (i % 7));
  let hash = 0xcbf29ce484222325n;
  for (const byte of new Uint8Array(data.buffer)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  expect(digest(data)).toBe(hash.toString(16).padStart(16, '0'));
  expect(String(new Digest().add(data.subarray(0, 333)).add(data.subarray(333)))).toBe(digest(data));
});
