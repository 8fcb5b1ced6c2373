import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HashFormer, pipeline } from '../../src/index.ts';
import { itUnless } from '../needs.ts';
import { targets } from '../tiers.ts';

const path = (relative: string) => new URL(relative, import.meta.url).pathname;
const golden = (name: string) =>
  JSON.parse(readFileSync(path(`../golden/models/${name}/cases.json`)).toString());
/** The f32 original of `sentiment`. */
const ORIGINAL = path('../golden/sentiment/');
const texts = golden('sst2-ngram').map(({ text }: { text: string }) => text);
const original = await HashFormer.load(ORIGINAL, { backend: 'reference' });
const logits = (await original.logits(texts)).data;

function cosine(a: Float32Array, b: readonly number[]): number {
  return b.reduce((sum, value, i) => sum + value * a[i]!, 0);
}

describe.each(targets)('the shipped int8 models on $name', ({ options, missing }) => {
  itUnless(missing, 'answer as their f32 originals', async () => {
    const classify = await pipeline('text-classification', undefined, options);
    const got = (await classify.model.logits(texts)).data;
    expect(got.length).toBe(logits.length);
    for (const [i, logit] of got.entries()) expect(Math.abs(logit - logits[i]!)).toBeLessThan(0.15);
    const embed = await pipeline('feature-extraction', undefined, options);
    const vectors: { text: string; sentence_embedding: number[] }[] = golden('sentence-ngram').cases;
    for (const { text, sentence_embedding } of vectors) {
      const got = await embed(text);
      expect(got.shape).toEqual([1, 384]);
      expect(cosine(got.data, sentence_embedding)).toBeGreaterThan(0.995);
    }
  });
});

it('the main job labels real sentences', async () => {
  const classify = await pipeline('text-classification');
  expect(classify.model.backend).toBe('wasm');
  const labels = (await classify(['a gorgeous, witty, seductive movie', 'a dull, lifeless mess'])).map(
    (r) => r.label,
  );
  expect(labels).toEqual(['POSITIVE', 'NEGATIVE']);
});

it('converting the f32 original again gives the shipped weights, byte for byte', async () => {
  const model = await HashFormer.load(ORIGINAL);
  const { weights } = await model.save(undefined, { dtype: 'int8' });
  const shipped = readFileSync(path('../../models/sentiment/model.safetensors'));
  expect(Buffer.compare(weights, shipped)).toBe(0);
});
