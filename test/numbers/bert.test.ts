import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { HashFormer, type Text } from '../../src/index.ts';
import { itUnless } from '../needs.ts';
import { targets } from '../tiers.ts';

/** Largest difference from Transformers' BertForSequenceClassification under PyTorch. */
const TOLERANCE = 1e-5;
const folder = new URL('../golden/bert-random/', import.meta.url);

interface Case {
  text: Text;
  ids: number[];
  type_ids: number[];
  embedding_first: number[];
  embedding_last: number[];
  hidden_first: number[];
  hidden_last: number[];
  mean_normalised: number[];
  logits: number[];
}

const cases: Case[] = JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8'));

function difference(got: Float32Array, expected: readonly number[]): number {
  expect(got.length).toBe(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i]!)), 0);
}

describe.each(targets)('$name', ({ options, missing }) => {
  itUnless(missing, 'gives the numbers of a BERT', async () => {
    const model = await HashFormer.load(folder, options);
    expect(cases.some(({ text }) => Array.isArray(text))).toBe(true);
    for (const golden of cases) {
      const { text, ids } = golden;
      expect(await model.tokenize(text)).toMatchObject({ ids, types: golden.type_ids });
      const embeddings = await model.encode([text], { layer: 0 });
      const hidden = await model.encode([text]);
      expect(hidden.shape).toEqual([ids.length, 36]);
      expect(difference(embeddings.data.slice(0, 36), golden.embedding_first)).toBeLessThan(TOLERANCE);
      expect(difference(embeddings.data.slice(-36), golden.embedding_last)).toBeLessThan(TOLERANCE);
      expect(difference(hidden.data.slice(0, 36), golden.hidden_first)).toBeLessThan(TOLERANCE);
      expect(difference(hidden.data.slice(-36), golden.hidden_last)).toBeLessThan(TOLERANCE);
      const vector = (await model.sentences([text])).data;
      expect(difference(vector, golden.mean_normalised)).toBeLessThan(TOLERANCE);
      expect(difference((await model.logits([text])).data, golden.logits)).toBeLessThan(TOLERANCE);
    }
    model.dispose();
  });

  itUnless(missing, 'gives them in one batch, and after save() and load()', async () => {
    const model = await HashFormer.load(folder, options);
    for (const layout of ['reference', 'hashformer'] as const) {
      const saved = await HashFormer.load(await model.save(undefined, { layout }), options);
      expect(saved.config).toEqual(model.config);
      const { data } = await saved.logits(cases.map(({ text }) => text));
      const expected = cases.flatMap(({ logits }) => logits);
      expect(difference(data, expected)).toBeLessThan(TOLERANCE);
      saved.dispose();
    }
    model.dispose();
  });
});
