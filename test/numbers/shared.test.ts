// Numbers over data sets whose licences keep them out of this repository. They lie beside a developer's checkout:
// HASHFORMER_REFERENCE names the folder of reference models, HASHFORMER_GLUE an unpacked GLUE, HASHFORMER_TEACHER the
// folder of all-MiniLM-L6-v2 with cases.json: token ids, embeddings and correlations.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HashFormer, pipeline } from '../../src/index.ts';
import { pearson, spearman } from '../../src/train/metric/correlation.ts';
import { itUnless } from '../needs.ts';
import { targets } from '../tiers.ts';

const reference = process.env.HASHFORMER_REFERENCE ?? '';
const glue = process.env.HASHFORMER_GLUE ?? '';
const teacher = process.env.HASHFORMER_TEACHER ?? '';
const teacherless =
  existsSync(join(teacher, 'cases.json')) && existsSync(join(glue, 'STS-B'))
    ? ''
    : 'HASHFORMER_TEACHER and HASHFORMER_GLUE name no folders';
const absent =
  existsSync(join(reference, 'sst2')) && existsSync(join(glue, 'SST-2'))
    ? ''
    : 'HASHFORMER_REFERENCE and HASHFORMER_GLUE name no folders: GLUE may not be part of this repository';

function rows(...path: string[]): string[][] {
  const lines = readFileSync(join(glue, ...path), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.slice(1).map((line) => line.split('\t'));
}

function accuracy(logits: ArrayLike<number>, gold: readonly number[]): number {
  const right = gold.filter((label, i) => Number(logits[2 * i + 1]! > logits[2 * i]!) === label);
  return right.length / gold.length;
}

/** SST-2 dev. */
function sst2Dev(): { texts: string[]; gold: number[] } {
  const dev = rows('SST-2', 'dev.tsv');
  return { texts: dev.map((row) => row[0]!), gold: dev.map((row) => Number(row[1])) };
}

/** Cosines of the vectors, of length 1, of each pair of STS-B dev. */
async function cosines(model: HashFormer, dev: readonly string[][]): Promise<number[]> {
  const first = await model.sentences(dev.map((row) => row[7]!));
  const second = await model.sentences(dev.map((row) => row[8]!));
  const size = first.shape[1]!;
  return dev.map((_, i) => {
    let sum = 0;
    for (let k = i * size; k < (i + 1) * size; k++) sum += first.data[k]! * second.data[k]!;
    return sum;
  });
}

describe.each(targets)('$name', ({ options, missing }) => {
  const why = missing || absent;

  it.for(['sst2', 'sst2-ngram'])('SST-2 dev with %s', { timeout: 600_000 }, async (name, context) => {
    context.skip(why !== '', why);
    const { texts, gold } = sst2Dev();
    const golden = JSON.parse(readFileSync(join(reference, name, 'dev-logits.json'), 'utf8'));
    const model = await HashFormer.load(join(reference, name), options);
    const logits = (await model.logits(texts)).data;
    const expected: number[] = golden.logits.flat();
    const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - logits[i]!)), 0);
    expect(worst).toBeLessThan(1e-4);
    expect(accuracy(logits, gold)).toBeCloseTo(golden.accuracy, 6);
    const int8 = await HashFormer.load(await model.save(undefined, { dtype: 'int8' }), options);
    const quantized = (await int8.logits(texts)).data;
    expect(Math.abs(accuracy(quantized, gold) - golden.accuracy)).toBeLessThanOrEqual(0.003);
  });

  const whyNoGlue =
    missing ||
    (options.backend === 'reference' ? 'float64 takes minutes and does not quantise activations' : '') ||
    (existsSync(join(glue, 'SST-2')) ? '' : 'HASHFORMER_GLUE names no folder');
  itUnless(
    whyNoGlue,
    'SST-2 dev with sentiment',
    async () => {
      const { texts, gold } = sst2Dev();
      const original = await HashFormer.load(
        new URL('../golden/sentiment/', import.meta.url).pathname,
        options,
      );
      const { model: shipped } = await pipeline('text-classification', undefined, options);
      const measure = async (model: HashFormer) => accuracy((await model.logits(texts)).data, gold);
      // As models/sentiment/README.md says.
      expect(await measure(original)).toBeCloseTo(0.8658, 4);
      expect(await measure(shipped)).toBeCloseTo(0.8635, 4);
    },
    { timeout: 600_000 },
  );

  itUnless(
    why,
    'STS-B dev with sentence-ngram',
    async () => {
      const dev = rows('STS-B', 'dev.tsv');
      const folder = join(reference, 'sentence-ngram');
      const golden = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'));
      const model = await HashFormer.load(folder, options);
      const int8 = await HashFormer.load(await model.save(undefined, { dtype: 'int8' }), options);
      for (const { text, sentence_embedding } of golden.cases) {
        const vector = (await model.sentences([text])).data;
        const worst = sentence_embedding.reduce(
          (most: number, value: number, i: number) => Math.max(most, Math.abs(value - vector[i]!)),
          0,
        );
        expect(worst).toBeLessThan(1e-5);
      }
      const gold = dev.map((row) => Number(row[9]));
      const correlation = async (tested: HashFormer) => spearman(await cosines(tested, dev), gold);
      expect(await correlation(model)).toBeCloseTo(golden.stsb_dev_spearman, 4);
      expect(Math.abs((await correlation(int8)) - golden.stsb_dev_spearman)).toBeLessThanOrEqual(0.003);
    },
    { timeout: 600_000 },
  );

  const whyTeacherless = missing || teacherless;
  const readTeacher = () => JSON.parse(readFileSync(join(teacher, 'cases.json'), 'utf8'));

  itUnless(whyTeacherless, "all-MiniLM-L6-v2's tokens and embeddings", async () => {
    const model = await HashFormer.load(teacher, options);
    let worst = 0;
    for (const { text, ids, embedding } of readTeacher().cases) {
      expect((await model.tokenize(text)).ids).toEqual(ids);
      const { data } = await model.sentences([text]);
      expect(data.length).toBe(embedding.length);
      for (const [i, value] of data.entries()) worst = Math.max(worst, Math.abs(value - embedding[i]));
    }
    expect(worst).toBeLessThan(2e-5);
  });

  const whySlow = options.backend === 'reference' ? 'three thousand sentences take float64 too long' : '';
  itUnless(
    whyTeacherless || whySlow,
    'STS-B dev with all-MiniLM-L6-v2',
    async () => {
      const dev = rows('STS-B', 'dev.tsv');
      const gold = dev.map((row) => Number(row[9]));
      const scores = await cosines(await HashFormer.load(teacher, options), dev);
      const golden = readTeacher().stsb_dev;
      expect(spearman(scores, gold)).toBeCloseTo(golden.spearman, 4);
      expect(pearson(scores, gold)).toBeCloseTo(golden.pearson, 4);
    },
    { timeout: 1_800_000 },
  );
});
