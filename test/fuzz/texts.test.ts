import { describe, expect, it } from 'vitest';
import type { Text } from '../../src/tokenizer/text.ts';
import { differingBits, load, type Random, tiers, tinyModel, VARIANTS } from '../helpers.ts';
import { fuzz, pick, rounds } from './fuzz.ts';

/** Ranges of code points that trouble tokenisers and encoders: ASCII, marks, joiners, emoji, surrogates, the ends. */
const RANGES: [number, number][] = [
  [0x20, 0x7e],
  [0x61, 0x7a],
  [0x00, 0x1f],
  [0x80, 0x24f],
  [0x300, 0x36f],
  [0x370, 0x5ff],
  [0x600, 0x6ff],
  [0x900, 0xdff],
  [0x2000, 0x206f],
  [0x3040, 0x9fff],
  [0xac00, 0xd7a3],
  [0xd800, 0xdfff],
  [0xfe00, 0xffff],
  [0x1f000, 0x1faff],
  [0xe0000, 0xe01ff],
  [0x10000, 0x10ffff],
];

function word(random: Random): string {
  const [low, high] = pick(random, RANGES);
  const length = 1 + random.below(random.below(8) ? 8 : 120);
  return Array.from({ length }, () => String.fromCodePoint(low + random.below(high - low + 1))).join('');
}

function sentence(random: Random): string {
  const space = pick(random, [' ', ' ', '', '\n', '\u00a0', '\u3000', '  \t']);
  return Array.from({ length: random.below(random.below(6) ? 7 : 60) }, () => word(random)).join(space);
}

function text(random: Random): Text {
  return random.below(5) ? sentence(random) : [sentence(random), sentence(random)];
}

const AT_ONCE = 100;
const CASES = [
  ...VARIANTS.map((variant) => ({ variant, hash: 'md5', texts: 100_000 })),
  { variant: 'pool', hash: 'simhash', texts: 20_000 },
  { variant: 'emb', hash: 'lsh', texts: 1_000 },
];

describe('random texts', () => {
  it.each(CASES)(
    'give finite numbers, the same in every batch and tier: $variant, $hash',
    async ({ variant, hash, texts }) => {
      const fields = {
        variant,
        hash,
        hidden_size: 20,
        num_attention_heads: 4,
        num_hidden_layers: 1,
        intermediate_size: 21,
      };
      const sizes = { max_position_embeddings: 34, tokenizer: variant === 'add' ? 'unicode' : 'reference' };
      const exact = tiers.filter((tier) => tier !== 'relaxed');
      const models = await Promise.all(
        exact.map((tier) => load(tinyModel({ ...fields, ...sizes }), { tier })),
      );
      await fuzz(Math.ceil(rounds(texts) / AT_ONCE), async (random) => {
        const given = Array.from({ length: AT_ONCE }, () => text(random));
        const model = pick(random, models);
        const { data } = await model.logits(given, { batchSize: 1 + random.below(AT_ONCE) });
        expect(data.every(Number.isFinite)).toBe(true);
        // One of them alone, in any tier.
        const i = random.below(AT_ONCE);
        const alone = await pick(random, models).logits([given[i]!]);
        expect(differingBits(alone.data, data.subarray(3 * i, 3 * i + 3)), JSON.stringify(given[i])).toBe(0);
        const one = given[i]!;
        if (typeof one === 'string') {
          const { tokens, offsets, ids } = await model.tokenize(one);
          expect(ids.length).toBe(tokens.length + 2);
          for (const [start, end] of offsets)
            expect(start >= 0 && start <= end && end <= one.length).toBe(true);
        }
      });
    },
    900_000,
  );
});
