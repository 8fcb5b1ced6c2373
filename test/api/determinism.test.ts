import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { HashFormer } from '../../src/model/hashformer.ts';
import type { Tensor } from '../../src/tensor.ts';
import type { Text } from '../../src/tokenizer/text.ts';
import {
  describeTiers,
  difference,
  differingBits,
  load,
  Random,
  TEXTS,
  tiers,
  tinyConfig,
  tinyModel,
  VARIANTS,
} from '../helpers.ts';

const DTYPES = ['f32', 'f16', 'bf16', 'int8'] as const;
const SIZES: [hidden: number, heads: number][] = [
  [30, 5],
  [36, 3],
  [20, 4],
  [1, 1],
];
const CASES = VARIANTS.flatMap((variant) =>
  SIZES.flatMap(([hidden_size, num_attention_heads]) =>
    DTYPES.map((dtype) => ({ variant, hidden_size, num_attention_heads, dtype })),
  ),
);

async function answers(model: HashFormer, texts: readonly Text[], batchSize?: number): Promise<Tensor[]> {
  const options = batchSize === undefined ? {} : { batchSize };
  return [
    await model.encode(texts, options),
    await model.encode(texts, { ...options, pooling: 'mean', normalize: true }),
    await model.sentences(texts, { ...options, normalize: true }),
    await model.logits(texts, options),
    await model.tokenLogits(texts, options),
  ];
}

/** Rows of text `i` in a result, ragged or not. */
function rowsOf({ data, shape, offsets }: Tensor, i: number): Float32Array {
  const width = shape[1]!;
  return data.subarray((offsets?.[i] ?? i) * width, (offsets?.[i + 1] ?? i + 1) * width);
}

describe('the tiers', () => {
  it.each(CASES)(
    'answer alike: $variant, $hidden_size with $num_attention_heads heads, $dtype',
    async (sizes) => {
      const { dtype, ...fields } = sizes;
      const files = tinyModel({ ...fields, sentence_embedding_size: 11 }, { dtype });
      const expected = await answers(await load(files, { tier: 'scalar' }), TEXTS);
      for (const tier of tiers) {
        const got = await answers(await load(files, { tier }), TEXTS);
        for (const [i, { data }] of got.entries()) {
          // Only the relaxed tier may fuse, and on an int8 model it has nothing to fuse.
          if (tier === 'relaxed' && dtype !== 'int8') {
            expect(difference(data, expected[i]!.data)).toBeLessThan(1e-5);
          } else {
            expect(differingBits(data, expected[i]!.data), `${tier}, output ${i}`).toBe(0);
          }
        }
      }
    },
  );

  it('give the same probabilities and fresh weights', async () => {
    const logits = {
      data: new Float32Array([0, -0, 1e-38, 88, -88, 3e38, -3e38, 0.1, 17.5, -1]),
      shape: [2, 5],
    };
    const seen = new Set<string>();
    for (const tier of tiers) {
      const model = await load(tinyModel(), { tier });
      const softmax = await model.probabilities(logits, 'softmax');
      const sigmoid = await model.probabilities(logits, 'sigmoid');
      expect([...softmax.data, ...sigmoid.data].every((p) => p >= 0 && p <= 1)).toBe(true);
      const fresh = await HashFormer.init(tinyConfig(), 7, { tier });
      const { weights } = await fresh.save();
      seen.add(JSON.stringify([...softmax.data, ...sigmoid.data, ...weights]));
    }
    expect(seen.size).toBe(1);
  });
});

const HASHED = VARIANTS.filter((variant) => variant !== 'vocab');

describeTiers('every engine', (tier) => {
  // What Node 20 gave; other engines run this too. A change of the kernels' arithmetic changes it, and nothing else
  // may.
  const cases = [
    ['f32', HASHED, 'f0b3279a78fb05f4f40634e628c58d7f45991ae14738acf285f88fedf522a9b7'],
    ['int8', HASHED, '3184039e98f4b61ed9d99deb17dd0e5053c31cf5967cfa3b5d5a8e737568a387'],
    ['f32', ['vocab'], 'd1148ae2f3db16e8bf72900abf46fbfaf8ae9a8e53af449c63e0db17bb9c64b7'],
    ['int8', ['vocab'], '43bb3509dfbd4dca7eb5f5df8a6e007b2349f0e15347f99cd262fabbe6872844'],
  ] as const;
  // Relaxed SIMD promises no bits of float32 products.
  const exact = tier === 'relaxed' ? cases.filter(([dtype]) => dtype === 'int8') : cases;
  it.each(exact)('gives the same bits: %s, %j', async (dtype, variants, digest) => {
    const hash = createHash('sha256');
    for (const variant of variants) {
      const model = await load(tinyModel({ variant, sentence_embedding_size: 11 }, { dtype }), { tier });
      for (const { data } of await answers(model, TEXTS)) hash.update(new Uint8Array(data.buffer));
      const probabilities = await model.probabilities(await model.logits(TEXTS), 'softmax');
      hash.update(new Uint8Array(probabilities.data.buffer));
    }
    expect(hash.digest('hex')).toBe(digest);
  });
});

describeTiers('a text in a batch', (tier) => {
  const cases = VARIANTS.flatMap((variant) =>
    (['f32', 'int8'] as const).map((dtype) => [variant, dtype] as const),
  );

  it.each(cases)('has the same bits as alone: %s, %s', async (variant, dtype) => {
    const model = await load(tinyModel({ variant, sentence_embedding_size: 11 }, { dtype }), { tier });
    const together = await answers(model, TEXTS);
    for (const [i, text] of TEXTS.entries()) {
      const alone = await answers(model, [text]);
      for (const [output, result] of together.entries()) {
        expect(differingBits(rowsOf(result, i), alone[output]!.data), `output ${output}, text ${i}`).toBe(0);
      }
    }
  });

  it('has the same bits whatever the order, the neighbours and the batch size', async () => {
    const random = new Random(5);
    const model = await load(tinyModel({ variant: 'ngram', sentence_embedding_size: 11 }), { tier });
    const expected = await answers(model, TEXTS);
    for (let round = 0; round < 12; round++) {
      const order = Array.from({ length: 40 }, () => random.below(TEXTS.length));
      const got = await answers(
        model,
        order.map((i) => TEXTS[i]!),
        1 + random.below(41),
      );
      for (const [output, result] of got.entries()) {
        const wrong = order.filter(
          (i, at) => differingBits(rowsOf(result, at), rowsOf(expected[output]!, i)) > 0,
        );
        expect(wrong, `output ${output}`).toEqual([]);
      }
    }
  });

  it('has the same bits in another model of the same files, and after save() and load()', async () => {
    for (const dtype of DTYPES) {
      const model = await load(tinyModel({ variant: 'pool' }, { dtype }), { tier });
      const again = await load(await model.save(), { tier });
      expect(differingBits((await again.logits(TEXTS)).data, (await model.logits(TEXTS)).data)).toBe(0);
    }
  });
});

describe('int8', () => {
  it('stays near the float32 model that it was made from', async () => {
    for (const variant of VARIANTS) {
      const fields = { variant, hidden_size: 48, num_attention_heads: 4, intermediate_size: 96 };
      const exact = await load(tinyModel(fields));
      const coarse = await load(await exact.save(undefined, { dtype: 'int8' }));
      const [a, b] = await Promise.all(
        [exact, coarse].map((model) => model.encode(TEXTS, { pooling: 'mean' })),
      );
      expect(difference(a!.data, b!.data), variant).toBeLessThan(0.15);
    }
  });
});
