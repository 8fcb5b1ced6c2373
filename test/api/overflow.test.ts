import { describe, expect, it } from 'vitest';
import { HashformerError } from '../../src/errors.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import type { HashFormer } from '../../src/model/hashformer.ts';
import {
  type Change,
  describeTiers,
  difference,
  failure,
  load,
  numbersOf,
  tinyModel,
  VARIANTS,
} from '../helpers.ts';

const TEXTS = [
  'a film that is not bad',
  '',
  'one two three four five six seven eight nine ten eleven twelve',
];

const times =
  (name: string | RegExp, factor: number): Change =>
  (tensors) => {
    for (const [key, tensor] of tensors) {
      if (typeof name === 'string' ? key !== name : !name.test(key)) continue;
      const numbers = numbersOf(tensor);
      // To the largest float32 and no further: the weights themselves are finite.
      for (let i = 0; i < numbers.length; i++) {
        numbers[i] = Math.max(-3.4e38, Math.min(3.4e38, numbers[i]! * factor));
      }
    }
  };

/** A weight overflows in any text; float64 takes its time. */
const FEW = TEXTS.filter((text) => text.length < 100).slice(0, 8);

/** All results, or what was thrown, which may only be `numeric`. */
async function outcome(model: HashFormer): Promise<Float32Array[] | 'numeric'> {
  try {
    return [
      (await model.encode(FEW)).data,
      (await model.encode(FEW, { pooling: 'max', normalize: true })).data,
      (await model.sentences(FEW, { normalize: true })).data,
      (await model.logits(FEW)).data,
      (await model.tokenLogits(FEW)).data,
    ];
  } catch (error) {
    expect(error).toBeInstanceOf(HashformerError);
    expect((error as HashformerError).code).toBe('numeric');
    return 'numeric';
  }
}

/** The largest difference, relative to the largest number where that is above 1. */
function relativeDifference(got: Float32Array, exact: Float32Array): number {
  const largest = exact.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  return difference(
    got.map((x) => x / largest),
    exact.map((x) => x / largest),
  );
}

const CASES = VARIANTS.flatMap((variant) => (['f32', 'int8'] as const).map((dtype) => ({ variant, dtype })));

describe('weights that are finite but too large', () => {
  it.each(CASES)('give an error or what float64 gives: $variant, $dtype', async ({ variant, dtype }) => {
    const fields = { variant, num_hidden_layers: 1, embedding_size: 7, sentence_embedding_size: 9 };
    const names: string[] = [];
    tinyModel(fields, { change: (tensors) => names.push(...tensors.keys()) });
    const errors = new Set<string>();
    for (const name of names) {
      for (const factor of [1e10, 1e25, 1e38]) {
        const files = tinyModel(fields, { dtype, change: times(name, factor) });
        const got = await outcome(await load(files));
        if (got === 'numeric') {
          errors.add(name);
          continue;
        }
        expect(
          got.every((data) => data.every(Number.isFinite)),
          `${name} x ${factor}`,
        ).toBe(true);
        // A shift of all keys cancels out, in float32 not quite.
        if (dtype !== 'f32' || name.endsWith('key.bias')) continue;
        const exact = await outcome(await load(files, { backend: 'reference' }));
        for (const [i, data] of got.entries()) {
          const found = relativeDifference(data, exact[i] as Float32Array);
          expect(found, `output ${i}, ${name} x ${factor}`).toBeLessThan(1e-3);
        }
      }
    }
    expect([...errors]).toEqual(
      expect.arrayContaining(['layers.0.intermediate.weight', 'layers.0.norm.weight']),
    );
  });
});

describeTiers('weights that are finite but too large', (tier) => {
  it.each<[string, Record<string, unknown>, Change]>([
    ['a table beyond the squares of float32', {}, times('embedding.buckets', 1e20)],
    ['a projection beyond the squares of float32', { variant: 'proj' }, times('embedding.projection', 1e20)],
    ['a difference of bit tables', { variant: 'add' }, times(/^embedding\.(ones|zeros)$/, 1e38)],
    ['a logit', {}, times('classifier.output.weight', 3e38)],
    ['the argument of tanh', {}, times(/^classifier\.dense|norm\.weight$/, 1e30)],
  ])('are an error where they overflow: %s', async (_, fields, change) => {
    const model = await load(tinyModel(fields, { change }), { tier });
    await failure(() => model.logits(TEXTS), 'numeric');
    // The model is as it was: what does not overflow still has an answer.
    expect((await model.tokenize('fine')).tokens).toEqual(['fine']);
  });

  it('are an error where a vector overflows that is divided by its norm', async () => {
    const model = await load(tinyModel({}, { change: times('layers.1.norm.weight', 1e25) }), { tier });
    for (const pooling of ['cls', 'mean', 'max'] as const) {
      expect((await model.encode(TEXTS, { pooling })).data.every(Number.isFinite)).toBe(true);
      await failure(() => model.encode(TEXTS, { pooling, normalize: true }), 'numeric');
    }
  });

  it('are an error where one of many numbers overflows, also in an int8 model', async () => {
    const largeRows =
      (name: string, from: number, to: number): Change =>
      (tensors) => {
        const tensor = tensors.get(name)!;
        numbersOf(tensor)
          .subarray(from * tensor.shape[1]!, to * tensor.shape[1]!)
          .fill(3e38);
      };
    for (const dtype of ['f32', 'int8'] as const) {
      // The last of five heads, and one channel in the midst of the intermediate layer.
      for (const change of [
        largeRows('layers.1.attention.value.weight', 24, 30),
        largeRows('layers.1.attention.query.weight', 24, 30),
        largeRows('layers.1.intermediate.weight', 20, 21),
      ]) {
        const model = await load(tinyModel({}, { dtype, change }), { tier });
        await failure(() => model.encode(TEXTS), 'numeric');
      }
    }
  });

  it('are an error of the caller whose text they fail on, and of no other', async () => {
    // Only the position of the tenth token is too large.
    const change: Change = (tensors) =>
      numbersOf(tensors.get('embedding.position')!).fill(3e38, 30 * 11, 30 * 12);
    const model = await load(tinyModel({}, { change }), { tier });
    const [short, long] = await Promise.allSettled([model.logits(['short']), model.logits([TEXTS[2]!])]);
    expect(short!.status).toBe('fulfilled');
    expect(long).toMatchObject({ status: 'rejected', reason: { code: 'numeric' } });
  });
});

describe('numbers that are not finite', () => {
  it.each(['wasm', 'reference'] as const)('are refused in weights: %s', async (backend) => {
    for (const variant of VARIANTS) {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const files = (name: string) =>
          tinyModel({ variant }, { change: (tensors) => numbersOf(tensors.get(name)!).set([bad], 2) });
        for (const name of ['embedding.position', 'layers.1.output.weight', 'classifier.dense.bias']) {
          const error = await failure(() => load(files(name), { backend }), 'weights');
          expect(error.message).toContain('not finite');
        }
      }
    }
  });

  it('are refused in the scales of int8 tensors', async () => {
    const { config, weights } = tinyModel({}, { dtype: 'int8' });
    const { tensors } = readSafetensors(weights);
    const scales = tensors.get('layers.0.output.weight_scale')!;
    new DataView(scales.data.buffer, scales.data.byteOffset).setFloat32(8, Number.NaN, true);
    for (const backend of ['wasm', 'reference'] as const) {
      await failure(() => load({ config, weights }, { backend }), 'weights');
    }
  });
});
