import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { TIERS } from '../../src/runtime/tier.ts';

const KB = 1024;

function gzipped(file: string): number {
  return gzipSync(readFileSync(new URL(`../../dist/${file}`, import.meta.url)), { level: 9 }).length;
}

it.each(TIERS)('the %s wasm takes at most 25 KB', (tier) => {
  const bytes = gzipped(`wasm/${tier}.wasm`);
  console.log(`dist/wasm/${tier}.wasm: ${bytes} bytes gzip`);
  expect(bytes).toBeLessThanOrEqual(25 * KB);
});

it('the core JavaScript, Unicode tables included, takes at most 18 KB', () => {
  const bytes = gzipped('web/index.js');
  console.log(`dist/web/index.js: ${bytes} bytes gzip`);
  expect(bytes).toBeLessThanOrEqual(18 * KB);
});

/** What the files of the build for browsers import. */
function importsOf(file: string): string[] {
  const source = readFileSync(new URL(`../../dist/web/${file}`, import.meta.url), 'utf8');
  const imports = source.matchAll(/\b(?:import|from)\s*\(?\s*["']([^"']+)["']/g);
  return [...imports].map((match) => match[1]!);
}

it('the core imports nothing of Node and nothing but its own files', () => {
  const imports = importsOf('index.js');
  expect(imports.length).toBeGreaterThan(5);
  expect(imports.filter((name) => !/^\.\.?\/[\w/-]+\.js$/.test(name))).toEqual([]);
});

it('nothing for browsers imports what only Node has, training neither', () => {
  const files = readdirSync(new URL('../../dist/web', import.meta.url));
  expect(files).toContain('train.js');
  const packages = new Set(files.flatMap(importsOf).filter((name) => !name.startsWith('.')));
  expect([...packages].sort()).toEqual(['@huggingface/tokenizers']);
});
