import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HashFormer, type Text } from '../../src/index.ts';
import { targets } from '../tiers.ts';

/** Largest difference from the reference implementation, of embeddings, hidden states, logits and vectors. */
const TOLERANCE = 1e-5;
const folder = new URL('../golden/models/', import.meta.url);
const bpe = new URL('../golden/roberta-bpe/tokenizer.json', import.meta.url).pathname;

interface Case {
  text: Text;
  attended: number;
  ids?: (number | string)[];
  buckets?: number[][];
  embedding_first: number[];
  embedding_last: number[];
  hidden_first: number[];
  hidden_last: number[];
  logits?: number[];
}

function read(name: string, file: string) {
  return readFileSync(new URL(`${name}/${file}`, folder));
}

function difference(got: Float32Array, expected: readonly number[]): number {
  expect(got.length).toBe(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i]!)), 0);
}

/** Models whose weights are in the tests; sentence-ngram's 4 MB are not, see shared.test.ts. */
const models = readdirSync(folder).filter((name) => name !== 'sentence-ngram');

describe.each(targets)('$name', ({ options, missing }) => {
  it.for(models)("gives the reference's numbers for %s", async (name, context) => {
    context.skip(missing !== '', missing);
    const config = JSON.parse(read(name, 'config.json').toString());
    const cases: Case[] = JSON.parse(read(name, 'cases.json').toString());
    const source = { config, weights: read(name, 'model.safetensors'), tokenizer: bpe };
    const model = await HashFormer.load(source, options);
    const size = config.hidden_size;
    expect(cases.length).toBeGreaterThan(5);
    for (const golden of cases) {
      const { ids } = await model.tokenize(golden.text);
      if (golden.ids !== undefined) expect(ids).toEqual(golden.ids);
      if (golden.buckets !== undefined) expect(ids.filter(Array.isArray)).toEqual(golden.buckets);
      const embeddings = await model.encode([golden.text], { layer: 0 });
      const hidden = await model.encode([golden.text]);
      const last = (golden.attended - 1) * size;
      expect(hidden.shape).toEqual([golden.attended, size]);
      expect(difference(embeddings.data.slice(0, size), golden.embedding_first)).toBeLessThan(TOLERANCE);
      expect(difference(embeddings.data.slice(last), golden.embedding_last)).toBeLessThan(TOLERANCE);
      expect(difference(hidden.data.slice(0, size), golden.hidden_first)).toBeLessThan(TOLERANCE);
      expect(difference(hidden.data.slice(last), golden.hidden_last)).toBeLessThan(TOLERANCE);
      const logits = await model.logits([golden.text]);
      expect(difference(logits.data, golden.logits!)).toBeLessThan(TOLERANCE);
    }
    model.dispose();
  });
});
