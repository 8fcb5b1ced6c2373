// Numbers of the documentation that the build knows: a page that has grown stale fails.

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { ROOT, read } from './files.ts';

/** What a browser downloads for a first answer, without weights, as bench/ours.mjs has it. */
const FIRST_ANSWER = ['web/index.js', 'web/loader.js', 'wasm/simd.js'];

it('the README names the size of the code', () => {
  const bytes = FIRST_ANSWER.reduce(
    (sum, file) => sum + gzipSync(readFileSync(`${ROOT}dist/${file}`), { level: 9 }).length,
    0,
  );
  const named = /in (\d+) KB of code/.exec(read('README.md'))![1];
  expect(Math.abs(Number(named) - bytes / 1000)).toBeLessThanOrEqual(1);
});

it('the README is read in five minutes', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(200);
});
