import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Text } from '../../src/index.ts';
import { normalizeBert } from '../../src/tokenizer/bert-normalizer.ts';
import { keptLengths } from '../../src/tokenizer/template.ts';
import { vocabularySize } from '../../src/tokenizer/tokenizer-json.ts';
import { createVocabulary } from '../../src/tokenizer/vocabulary.ts';
import { failure, roberta, wordPieces } from '../helpers.ts';

type Json = Record<string, unknown>;
interface Case {
  text: Text;
  ids: number[];
  types: number[];
}

const golden: Record<string, Case[]> = JSON.parse(
  readFileSync(new URL('../golden/python-pieces.json', import.meta.url), 'utf8'),
);
const CONFIG = { max_length: 512, type_vocab_size: 2, vocab_size: 600 };

const create = (change: Json = {}, config: Json = {}) =>
  createVocabulary({ ...wordPieces, ...change }, { ...CONFIG, ...config });

async function ids(text: Text, change: Json = {}, config: Json = {}): Promise<number[]> {
  return Array.from((await create(change, config)).assemble(text).ids);
}

describe('a tokenizer.json', () => {
  it('of WordPieces gives the ids and types of Hugging Face’s tokenizers, pairs and long texts too', async () => {
    const { assemble, maxLength } = await create();
    expect(maxLength).toBe(40);
    expect(golden['bert-random']!.length).toBeGreaterThan(50);
    for (const { text, ids, types } of golden['bert-random']!) {
      const sequence = assemble(text);
      expect({ text, ids: Array.from(sequence.ids) }).toEqual({ text, ids });
      expect(Array.from(sequence.types!)).toEqual(types);
    }
  });

  it('of byte-level BPE gives their ids, between <s> and </s> where it names no special tokens', async () => {
    const { assemble } = await createVocabulary(roberta(), { ...CONFIG, vocab_size: 50_265 });
    for (const { text, ids } of golden['roberta-bpe']!) {
      expect(Array.from(assemble(text).ids)).toEqual([0, ...ids, 2]);
    }
    const pair = assemble(['a', 'b']);
    expect(Array.from(pair.ids)).toEqual([0, 102, 2, 2, 428, 2]);
    expect(Array.from(pair.types!)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('says which pieces were kept', async () => {
    const { assemble } = await create({ truncation: { max_length: 7 } });
    expect(assemble(['a man', 'b man man'])).toMatchObject({
      pieces: ['a', 'man', 'b', 'man'],
      tokens: [],
      first: 2,
      pair: true,
      truncated: true,
    });
    expect(assemble('a man')).toMatchObject({
      pieces: ['a', 'man'],
      first: 2,
      pair: false,
      truncated: false,
    });
  });

  it('cuts where it says', async () => {
    const letters = await ids('a b c d', { truncation: null });
    const [cls, a, b, c, d, sep] = letters;
    const cut = (truncation: Json, text: Text = 'a b c d') => ids(text, { truncation });
    expect(await cut({ max_length: 4 })).toEqual([cls, a, b, sep]);
    expect(await cut({ max_length: 4, direction: 'Left' })).toEqual([cls, c, d, sep]);
    const pair: Text = ['a b', 'c d'];
    expect(await cut({ max_length: 6, strategy: 'OnlyFirst' }, pair)).toEqual([cls, a, sep, c, d, sep]);
    expect(await cut({ max_length: 6, strategy: 'OnlySecond' }, pair)).toEqual([cls, a, b, sep, c, sep]);
    expect(await cut({ max_length: 4, strategy: 'OnlyFirst' }, pair)).toEqual([cls, sep, c, sep]);
    expect(await ids('a b c d', { truncation: null }, { max_length: 3 })).toEqual([cls, a, sep]);
  });

  it('may have the older post-processors, or one in a sequence', async () => {
    const bert = { type: 'BertProcessing', cls: ['[CLS]', 2], sep: ['[SEP]', 3] };
    const [expected, older, inSequence] = await Promise.all([
      create(),
      create({ post_processor: bert }),
      create({ post_processor: { type: 'Sequence', processors: [{ type: 'ByteLevel' }, bert] } }),
    ]);
    for (const text of ['a man', ['a', 'b']] as Text[]) {
      expect(older.assemble(text)).toEqual(expected.assemble(text));
      expect(inSequence.assemble(text)).toEqual(expected.assemble(text));
    }
    const { assemble } = await create({ post_processor: { ...bert, type: 'RobertaProcessing' } });
    expect(assemble(['', '']).ids).toEqual(Int32Array.of(2, 3, 3, 3));
    expect(assemble(['', '']).types).toEqual(Int32Array.of(0, 0, 0, 0));
  });

  it('gives type 0 only, where the model has no others', async () => {
    const { assemble } = await create({}, { type_vocab_size: 1 });
    expect(assemble(['a', 'b']).types!.every((type) => type === 0)).toBe(true);
  });

  it('has a size', () => {
    expect(vocabularySize(wordPieces)).toBe(600);
    expect(vocabularySize(roberta())).toBe(50_265);
  });

  const template = (item: unknown) => ({
    post_processor: { type: 'TemplateProcessing', single: [item], pair: [item], special_tokens: {} },
  });
  it.each<[string, Json, Json?]>([
    ['no model', { model: null }],
    ['a vocabulary that is none', { model: { type: 'WordPiece', vocab: 3 } }],
    ['an id beyond the table', {}, { vocab_size: 599 }],
    ['an id that is none', { model: { type: 'WordPiece', vocab: { a: 0.5 } } }],
    ['an added token without content', { added_tokens: [{ id: 1 }] }],
    ['an unknown model', { model: { type: 'Markov', vocab: { '[CLS]': 0, '[SEP]': 1 } } }],
    ['an unknown normalizer', { normalizer: { type: 'Rot13' } }],
    ['an unknown post-processor', { post_processor: { type: 'Sandwich' } }],
    ['a post-processor without ids', { post_processor: { type: 'BertProcessing', cls: '[CLS]' } }],
    ['a special token without ids', template({ SpecialToken: { id: '[CLS]', type_id: 0 } })],
    ['no special tokens', template({ Sequence: { id: 'A', type_id: 0 } })],
    ['a third text', template({ Sequence: { id: 'C', type_id: 0 } })],
    ['a type that is none', template({ Sequence: { id: 'A', type_id: -1 } })],
    ['types that the model lacks', {}, { token_types: true, type_vocab_size: 1 }],
    ['more special tokens than fit', { truncation: { max_length: 2 } }],
    ['a length that is none', { truncation: { max_length: 'x' } }],
    ['an unknown direction', { truncation: { direction: 'Up' } }],
    ['an unknown strategy', { truncation: { strategy: 'DoNotTruncate' } }],
    ['nothing to put around a text', { post_processor: null, model: { vocab: { a: 0 } }, added_tokens: [] }],
  ])('is an error with %s', async (_, change, config) => {
    await failure(() => create(change, config), 'tokenizer');
  });

  it.each([null, 3, 'x', []])('is an error where it is %j', async (json) => {
    await failure(() => createVocabulary(json, CONFIG), 'tokenizer');
  });
});

describe('a BertNormalizer', () => {
  it('cleans, separates ideographs of every plane, strips accents and lower-cases', () => {
    expect(normalizeBert('Ça\u0000\u200b\tΟΔΟΣ𠀀漢', {})).toBe('ca οδοσ 𠀀  漢 ');
  });

  it('does what it is told only', () => {
    const nothing = { clean_text: false, handle_chinese_chars: false, lowercase: false };
    expect(normalizeBert('Ça\t漢', nothing)).toBe('Ça\t漢');
    expect(normalizeBert('Ça', { ...nothing, strip_accents: true })).toBe('Ca');
    expect(normalizeBert('Ça', { ...nothing, lowercase: true, strip_accents: false })).toBe('ça');
  });
});

describe('keptLengths()', () => {
  it('keeps as many as there is room for, and cuts the longer first', () => {
    for (let first = 0; first < 12; first++) {
      for (let second = 0; second < 12; second++) {
        for (let room = 0; room < 24; room++) {
          const [a, b] = keptLengths(first, second, room, 'LongestFirst');
          expect(a + b).toBe(Math.min(first + second, room));
          expect(a <= first && b <= second).toBe(true);
          if (a < first && b < second) expect(Math.abs(a - b)).toBeLessThanOrEqual(1);
          else if (a < first) expect(a).toBeGreaterThanOrEqual(b - 1);
          else if (b < second) expect(b).toBeGreaterThanOrEqual(a - 1);
        }
      }
    }
  });
});
