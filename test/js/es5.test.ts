// hashformer/js in Node: its numbers beside those of the core, its syntax, its size.

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { parse } from 'acorn';
import { describe, expect, it } from 'vitest';
import { HashFormer, pipeline, type Text } from '../../src/index.ts';
import type { load as Load } from '../../src/js/index.ts';
import { roundToFloat32 } from '../../src/js/kernel/f32.ts';
import { gemmInt8, SECOND } from '../../src/js/kernel/int8.ts';
import { checksum } from '../../src/js/xxh64.ts';
import { digest } from '../digest/digest.ts';

const require = createRequire(import.meta.url);
const { load, HashformerError } = require('../../dist/js/index.js') as {
  load: typeof Load;
  HashformerError: new () => Error & { code: string };
};
const shipped = (name: string) => require(`../../dist/js/${name}.js`) as { config: object; weights: string };
const read = (path: string) => readFileSync(new URL(path, import.meta.url));
const texts: string[] = JSON.parse(read('../digest/sentences.json').toString());
/** Largest difference from the reference implementation. */
const TOLERANCE = 1e-5;
/** Models whose hash needs no vocabulary. */
const models = readdirSync(new URL('../golden/models/', import.meta.url)).filter(
  (name) => name !== 'sentence-ngram' && !name.endsWith('-lsh'),
);

function largest(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(got.length).toBe(expected.length);
  return Array.from(expected).reduce((most, value, i) => Math.max(most, Math.abs(value - got[i]!)), 0);
}

describe.each(models)('%s', (name) => {
  const file = (part: string) => read(`../golden/models/${name}/${part}`);
  const config = JSON.parse(file('config.json').toString());
  const cases: { text: Text; logits: number[]; ids?: unknown[] }[] = JSON.parse(
    file('cases.json').toString(),
  );

  it("gives the reference's numbers, in double precision too, and the core's ids", async () => {
    const weights = new Uint8Array(file('model.safetensors'));
    const model = load({ config, weights });
    const reference = await HashFormer.load({ config, weights }, { backend: 'reference' });
    const core = await HashFormer.load({ config, weights });
    for (const { text, logits } of cases) {
      expect(model.tokenize(text)).toEqual(await core.tokenize(text));
      const got = model.encode([text]);
      const expected = await reference.encode([text]);
      expect(got.shape).toEqual(expected.shape);
      expect(largest(got.data, expected.data)).toBeLessThan(TOLERANCE);
      expect(largest(model.logits([text]).data, logits)).toBeLessThan(TOLERANCE);
    }
  });

  it.each(['f16', 'bf16', 'int8'] as const)('gives the numbers of the core in %s', async (dtype) => {
    const original = await HashFormer.load({ config, weights: new Uint8Array(file('model.safetensors')) });
    const saved = await original.save(undefined, { dtype });
    const model = load(saved);
    const core = await HashFormer.load(saved);
    const list = cases.slice(0, 2).map(({ text }) => text);
    const got = model.encode(list).data;
    const expected = (await core.encode(list)).data;
    if (dtype === 'int8') expect(digest(got as Float32Array)).toBe(digest(expected));
    else expect(largest(got, expected)).toBeLessThan(TOLERANCE);
  });
});

it('gives the bits of wasm with the shipped models', async () => {
  const some = texts.slice(0, 20);
  const classify = await pipeline('text-classification');
  const embed = await pipeline('feature-extraction');
  const model = load(shipped('sentiment'));
  expect(digest(model.logits(some).data as Float32Array)).toBe(
    digest((await classify.model.logits(some)).data),
  );
  const vectors = load(shipped('sentence')).sentences(some);
  expect(vectors.shape).toEqual([20, 384]);
  expect(digest(vectors.data as Float32Array)).toBe(digest((await embed.model.sentences(some)).data));
  expect(model.classify(some, { top_k: null })).toEqual(await classify(some, { top_k: null }));
  expect(model.classify(texts[3]!)).toEqual(await classify(texts[3]!));
  expect(model.encode(some, { pooling: 'max', layer: 1 }).data).toEqual(
    (await classify.model.encode(some, { pooling: 'max', layer: 1 })).data,
  );
});

// Where all products are as large as can be, the sums of a pair of channels come closest to each other.
it.each([
  [1, 1, 1],
  [5, 2064, 3],
  [4, 2067, 8],
  [3, 5000, 17],
])('sums the int8 of %i rows of %i numbers in %i channels exactly', (count, inputs, outputs) => {
  const pick = (c: number, k: number) => [-128, 127, ((c * 31 + k * 17) % 256) - 128][c % 3]!;
  const channels = Array.from({ length: outputs }, (_, c) =>
    Array.from({ length: inputs }, (_, k) => pick(c, k)),
  );
  const sums = channels.map((row) => row.reduce((a, b) => a + b, 0));
  const pairs = Array.from({ length: Math.ceil(outputs / 2) }, (_, p) =>
    channels[2 * p]!.map((value, k) => value + (channels[2 * p + 1]?.[k] ?? 0) * SECOND),
  );
  // From 0 to 127 a row is its own quantisation, with a step of 1.
  const x = Array.from({ length: count }, (_, t) =>
    Array.from({ length: inputs }, (_, k) => (k === 0 ? 0 : t < 2 ? 127 : (k * 7 + t) % 128)),
  );
  for (const row of x) row[inputs - 1] = 127;
  const ones = channels.map(() => 1);
  const out = x.map(() => new Float32Array(outputs));
  gemmInt8({ inputs, padded: true, pairs, scales: ones, sums, bias: sums })(x, out);
  const expected = x.map((row) =>
    channels.map((channel, c) =>
      Math.fround(Math.fround(row.reduce((a, value, k) => a + value * channel[k]!, 0)) + sums[c]!),
    ),
  );
  expect(out.map((row) => Array.from(row))).toEqual(expected);
});

it('takes bytes in any form', () => {
  const { config, weights } = shipped('sentiment');
  const bytes = new Uint8Array(Buffer.from(weights, 'base64'));
  const expected = load({ config, weights }).logits(['a fine film']).data;
  for (const form of [bytes, bytes.buffer, Array.from(bytes)]) {
    expect(load({ config, weights: form }).logits(['a fine film']).data).toEqual(expected);
  }
});

it('refuses what it cannot read or compute, with a code and a sentence', () => {
  const { config, weights } = shipped('sentiment');
  const failure = (call: () => unknown) => {
    let thrown: unknown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(HashformerError);
    expect(thrown).toBeInstanceOf(Error);
    return `${(thrown as { code: string }).code}: ${(thrown as Error).message}`;
  };
  expect(failure(() => load({ config, weights: weights.slice(0, 4000) }))).toMatch(/^weights: .* truncated/);
  expect(failure(() => load({ config, weights: [1, 2, 300] }))).toMatch(/^argument: A model's source/);
  expect(failure(() => load(undefined as never))).toMatch(/^argument: .* is undefined\.$/);
  expect(failure(() => load({ config: { ...config, hash: 'lsh' }, weights }))).toMatch(/^config: .*"lsh"/);
  expect(failure(() => load({ config: { ...config, variant: 'vocab' }, weights }))).toMatch(
    /^config: .*"vocab"/,
  );
  expect(failure(() => load({ config: { ...config, hidden_size: 0 }, weights }))).toMatch(
    /^config: .*hidden_size/,
  );
  expect(failure(() => load({ config: { ...config, hidden_size: 64 }, weights }))).toMatch(
    /^weights: .*shape/,
  );
});

it.each(['index', 'sentiment', 'sentence'])('%s.js is ES5 in ASCII, and a script', (name) => {
  const source = read(`../../dist/js/${name}.js`).toString();
  expect(() => parse(source, { ecmaVersion: 5, sourceType: 'script' })).not.toThrow();
  expect(source).toMatch(/^[\0-\x7f]+$/);
});

it('is what `import` finds too', async () => {
  const module = await import(new URL('../../dist/js/index.js', import.meta.url).href);
  expect(Object.keys(module)).toEqual(expect.arrayContaining(['HashformerError', 'load']));
});

it('takes at most 24 KB', () => {
  const bytes = gzipSync(read('../../dist/js/index.js'), { level: 9 }).length;
  console.log(`dist/js/index.js: ${bytes} bytes gzip`);
  expect(bytes).toBeLessThanOrEqual(24 * 1024);
});

it('rounds to float32 by arithmetic as Math.fround does', () => {
  const view = new DataView(new ArrayBuffer(8));
  const values = [
    0,
    -0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 128 - 2 ** 103,
    2 ** 128 - 2 ** 104,
    2 ** -150,
    3 * 2 ** -150,
  ];
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  for (let i = 0; i < 50_000; i++) {
    view.setUint32(0, random());
    // Half of them are ties or near.
    view.setUint32(4, i & 1 ? random() : ((random() & 0xe000_0000) | 0x1000_0000 | (i & 2 ? 0 : 1)) >>> 0);
    values.push(view.getFloat64(0));
    const x = Math.fround(random() / 2 ** 20);
    values.push(x + Math.fround(random() / 2 ** 22), x * Math.fround(random() / 7));
  }
  expect(values.filter((value) => !Object.is(roundToFloat32(value), Math.fround(value)))).toEqual([]);
});

it('digests and checksums as the core does', async () => {
  const float32Digest = runInThisContext(`${read('../digest/js-digest.js')}; float32Digest`);
  const numbers = new Float32Array([0, -0, 1, -1.5, 1e-45, 3e-39, 1.17549435e-38, 3.4e38, 0.1, -123456.789]);
  expect(float32Digest(numbers)).toBe(digest(numbers));
  // https://github.com/Cyan4973/xxHash, of nothing, and of the shipped files as their metadata has it.
  expect(checksum([])).toBe('xxh64:ef46db3751d8e999');
});
