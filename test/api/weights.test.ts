import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/architecture/config.ts';
import { toFloat64 } from '../../src/formats/elements.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { writeSafetensors } from '../../src/formats/safetensors-writer.ts';
import type { StoredTensor } from '../../src/formats/stored-tensor.ts';
import { type Layout, tensorName, tensorSpecs } from '../../src/model/layout.ts';
import { convertWeight } from '../../src/model/quantize.ts';
import {
  type Change,
  differingBits,
  type Files,
  failure,
  floats,
  load,
  numbersOf,
  Random,
  TEXTS,
  tinyConfig,
  tinyModel,
  VARIANTS,
} from '../helpers.ts';

const DTYPES = ['f32', 'f16', 'bf16', 'int8'] as const;
const LAYOUTS: Layout[] = ['hashformer', 'reference'];

function metadataOf({ weights }: { weights: Uint8Array }): Record<string, string> {
  return readSafetensors(weights).metadata;
}

/** The same file with other tensors. */
function changed(files: Files, change: Change): Files {
  const tensors = new Map(readSafetensors(files.weights).tensors);
  change(tensors);
  return { ...files, weights: writeSafetensors(tensors) };
}

const refused = async (files: Files) => (await failure(() => load(files), 'weights')).message;

describe('the tensors of a file', () => {
  it('are found in both layouts, and under each prefix of the reference', async () => {
    for (const variant of VARIANTS) {
      const files = tinyModel({ variant, embedding_size: 9, sentence_embedding_size: 5 });
      const model = await load(files);
      const expected = await model.sentences(TEXTS);
      const { tensors } = readSafetensors(files.weights);
      for (const prefix of ['roberta.', 'hashformer.', '']) {
        const renamed = new Map(
          tensorSpecs(parseConfig(files.config)).map((spec) => [
            tensorName(spec, 'reference', prefix),
            tensors.get(spec.name)!,
          ]),
        );
        const other = await load({ ...files, weights: writeSafetensors(renamed) });
        expect(differingBits((await other.sentences(TEXTS)).data, expected.data)).toBe(0);
        expect([...readSafetensors((await other.save()).weights).tensors.keys()]).toContain(
          'roberta.embeddings.LayerNorm.weight',
        );
      }
    }
  });

  it('of other known heads are skipped and listed', async () => {
    const extras = [
      'cls.predictions.bias',
      'lm_head.decoder.weight',
      'pooler.dense.weight',
      'roberta.pooler.dense.bias',
      'bert.pooler.dense.bias',
      'qa_outputs.weight',
      'embeddings.position_ids',
      'roberta.embeddings.position_ids',
    ];
    const files = changed(tinyModel(), (tensors) => {
      for (const name of extras) tensors.set(name, floats([3], [1, Number.NaN, 3]));
      tensors.set('cls.ids', { dtype: 'I64', shape: [1], data: new Uint8Array(8) });
    });
    const model = await load(files);
    expect([...model.skipped].sort()).toEqual([...extras, 'cls.ids'].sort());
    const plain = await load(tinyModel());
    expect(plain.skipped).toEqual([]);
    expect(await model.logits(TEXTS)).toEqual(await plain.logits(TEXTS));
    expect((await load(await model.save())).skipped).toEqual([]);
  });

  it('of a projection that config.json does not name are skipped', async () => {
    const files = tinyModel({ sentence_embedding_size: 5 });
    const model = await load({ ...files, config: tinyConfig() });
    expect(model.skipped).toEqual(['sentence_projection.bias', 'sentence_projection.weight']);
    expect((await model.sentences(['a'])).shape).toEqual([1, 30]);
  });

  it('may leave out whole heads, and calls say what is missing', async () => {
    const bare = changed(tinyModel({ sentence_embedding_size: 5 }), (tensors) => {
      for (const name of tensors.keys())
        if (/^(classifier|token_|sentence_)/.test(name)) tensors.delete(name);
    });
    const model = await load(bare);
    expect((await model.encode(['a'])).shape).toEqual([3, 30]);
    for (const [call, tensors] of [
      [() => model.logits(['a']), 'classifier.dense'],
      [() => model.logits([]), 'classifier.out_proj'],
      [() => model.tokenLogits(['a']), 'dense'],
      [() => model.sentences(['a']), 'sentence_projection'],
    ] as const) {
      expect((await failure(call, 'missing')).message).toContain(tensors);
    }
    expect(await load(await model.save())).toMatchObject({ labels: model.labels });
  });

  it.each([
    ['a missing tensor', /norm\.weight" ?, which config\.json asks/, (t) => t.delete('layers.1.norm.weight')],
    ['a missing part of a head', /classifier\.output\.bias/, (t) => t.delete('classifier.output.bias')],
    [
      'an unknown tensor',
      /"adapter\.weight".*"emb" model with 2 layers/,
      (t) => t.set('adapter.weight', floats([1], [1])),
    ],
    [
      'a further layer',
      /layers\.2\.norm/,
      (t) => t.set('layers.2.norm.weight', floats([30], new Array(30).fill(1))),
    ],
    ['no LayerNorm of the embeddings', /no HashFormer/, (t) => t.delete('embedding.norm.weight')],
    [
      'another shape',
      /\[66,29\].*\[66,30\]/,
      (t) => t.set('embedding.buckets', floats([66, 29], new Array(66 * 29).fill(0))),
    ],
    [
      'a transposed matrix',
      /\[30,37\].*\[37,30\]/,
      (t) => t.set('layers.0.intermediate.weight', floats([30, 37], new Array(1110).fill(0))),
    ],
    [
      'a shape of one dimension more',
      /\[30,1\].*\[30\]/,
      (t) => t.set('embedding.norm.bias', floats([30, 1], new Array(30).fill(0))),
    ],
    [
      'float64',
      /F64.*F32, F16, BF16, I8/,
      (t) => t.set('embedding.norm.bias', { dtype: 'F64', shape: [30], data: new Uint8Array(240) }),
    ],
    [
      'int8 without scales',
      /embedding\.buckets_scale/,
      (t) => t.set('embedding.buckets', { dtype: 'I8', shape: [66, 30], data: new Uint8Array(1980) }),
    ],
    [
      'an int8 vector',
      /two dimensions/,
      (t) => t.set('embedding.norm.bias', { dtype: 'I8', shape: [30], data: new Uint8Array(30) }),
    ],
    ['no tensors', /0 tensors/, (t) => t.clear()],
  ] as [string, RegExp, (tensors: Map<string, StoredTensor>) => unknown][])(
    'are refused: %s',
    async (_, message, change) => {
      expect(await refused(changed(tinyModel(), change))).toMatch(message);
    },
  );

  it.each([
    ['of another type', (scale: StoredTensor) => ({ ...scale, dtype: 'I32' as const })],
    ['too few', (scale: StoredTensor) => ({ ...scale, shape: [29], data: scale.data.slice(4) })],
    ['in a column', (scale: StoredTensor) => ({ ...scale, shape: [30, 1] })],
  ])('are refused where scales are %s', async (_, change) => {
    const name = 'layers.0.attention.key.weight_scale';
    const files = changed(tinyModel({}, { dtype: 'int8' }), (tensors) =>
      tensors.set(name, change(tensors.get(name)!)),
    );
    expect(await refused(files)).toContain(name);
  });
});

describe('weights in memory', () => {
  it('may be an ArrayBuffer, a Buffer at any place of another, or bytes of another realm', async () => {
    const { config, weights } = tinyModel();
    const expected = await (await load({ config, weights })).logits(TEXTS);
    const buffer = weights.slice().buffer;
    const shared = new Uint8Array(new SharedArrayBuffer(weights.length));
    shared.set(weights);
    const places = [1, 2, 3, 7].map((at) => {
      const around = Buffer.alloc(weights.length + 16, 0xff);
      around.set(weights, at);
      return around.subarray(at, at + weights.length);
    });
    const foreign = runInNewContext('new Uint8Array(bytes)', { bytes: weights });
    expect(foreign instanceof Uint8Array).toBe(false);
    for (const given of [buffer, shared, foreign, ...places]) {
      const model = await load({ config, weights: given as Uint8Array });
      expect(differingBits((await model.logits(TEXTS)).data, expected.data)).toBe(0);
    }
  });

  it('may be overwritten or handed over after load(): answers and save() keep what was loaded', async () => {
    const files = tinyModel();
    const [model, other] = [await load(files), await load(files)];
    const [expected, saved] = [await model.logits(TEXTS), await model.save()];
    files.weights.fill(0xff);
    expect(await model.logits(TEXTS)).toEqual(expected);
    expect(await model.save()).toEqual(saved);
    structuredClone(files.weights, { transfer: [files.weights.buffer as ArrayBuffer] });
    expect(files.weights.length).toBe(0);
    expect(await other.save()).toEqual(saved);
    expect((await other.save(undefined, { dtype: 'f16' })).weights.length).toBeGreaterThan(1000);
  });

  it('that save() gave may be overwritten too', async () => {
    const model = await load(tinyModel());
    const first = await model.save();
    const copy = first.weights.slice();
    first.weights.fill(0);
    expect((await model.save()).weights).toEqual(copy);
  });

  it.each([65_664, 66_944])(
    'are no pickle although their header of %i bytes begins like one',
    async (size) => {
      const { config, weights } = tinyModel();
      const { tensors } = readSafetensors(weights);
      const padding = (length: number) => writeSafetensors(tensors, { note: 'x'.repeat(length) });
      const header = (bytes: Uint8Array) => new DataView(bytes.buffer).getUint32(0, true);
      const file = padding(size - header(padding(0)));
      expect([header(file), file[0]]).toEqual([size, 0x80]);
      expect(file[1]).toBeLessThan(6);
      expect((await (await load({ config, weights: file })).logits(['a'])).shape).toEqual([1, 3]);
    },
  );
});

describe('the checksum', () => {
  it('is in every file that is written', async () => {
    for (const dtype of DTYPES) {
      const saved = await (await load(tinyModel())).save(undefined, { dtype });
      expect(metadataOf(saved).checksum).toMatch(/^xxh64:[0-9a-f]{16}$/);
    }
  });

  it('finds any bit that flipped', async () => {
    const saved = await (await load(tinyModel())).save();
    const { data } = readSafetensors(saved.weights);
    const start = saved.weights.length - data.length;
    for (const at of [0, 1, 1000, data.length >> 1, data.length - 1]) {
      const weights = saved.weights.slice();
      weights[start + at]! ^= 1;
      for (const backend of ['wasm', 'reference'] as const) {
        const { message } = await failure(() => load({ ...saved, weights }, { backend }), 'weights');
        expect(message).toMatch(/damaged.*xxh64:[0-9a-f]{16}.*xxh64:[0-9a-f]{16}/);
      }
    }
  });

  it('is not asked for, and of another kind ignored', async () => {
    const { config, weights } = tinyModel();
    const { tensors } = readSafetensors(weights);
    expect(metadataOf({ weights }).checksum).toBeUndefined();
    for (const metadata of [{}, { format: 'pt' }, { checksum: 'sha256:00' }, { checksum: '' }]) {
      await load({ config, weights: writeSafetensors(tensors, metadata) });
    }
    await failure(
      () => load({ config, weights: writeSafetensors(tensors, { checksum: 'xxh64:0' }) }),
      'weights',
    );
  });
});

describe('save() and load()', () => {
  const cases = VARIANTS.flatMap((variant) =>
    LAYOUTS.flatMap((layout) => DTYPES.map((dtype) => [variant, layout, dtype] as const)),
  );

  it.each(cases)('and save() again give the same bytes: %s, %s, %s', async (variant, layout, dtype) => {
    const model = await load(tinyModel({ variant, embedding_size: 9, sentence_embedding_size: 5 }));
    const first = await model.save(undefined, { layout, dtype });
    const again = await load(first);
    const second = await again.save();
    expect(Buffer.compare(first.weights, second.weights)).toBe(0);
    expect(second.config).toEqual(first.config);
    const third = await again.save(undefined, { layout, dtype });
    expect(Buffer.compare(first.weights, third.weights)).toBe(0);
    if (dtype === 'f32') {
      expect(differingBits((await again.logits(TEXTS)).data, (await model.logits(TEXTS)).data)).toBe(0);
    }
  });

  it('change the layout and nothing else', async () => {
    const model = await load(tinyModel({ variant: 'pool' }));
    const there = await load(await model.save(undefined, { layout: 'reference' }));
    const back = await there.save(undefined, { layout: 'hashformer' });
    expect(Buffer.compare(back.weights, (await model.save()).weights)).toBe(0);
  });

  it('keep numbers as exactly as their type can', async () => {
    const model = await load(tinyModel());
    const exact = readSafetensors((await model.save()).weights).tensors;
    // Half of the distance of two numbers, relative; of int8 half of a step of 127 to the largest of a row.
    const limits = { f32: 0, f16: 2 ** -11, bf16: 2 ** -8, int8: 1 };
    for (const dtype of DTYPES) {
      const rounded = await load((await model.save(undefined, { dtype })) as unknown as Files);
      const restored = readSafetensors((await rounded.save(undefined, { dtype: 'f32' })).weights).tensors;
      expect([...restored.keys()]).toEqual([...exact.keys()]);
      for (const [name, tensor] of exact) {
        expect(restored.get(name)).toMatchObject({ dtype: 'F32', shape: tensor.shape });
        const [a, b] = [tensor, restored.get(name)!].map((stored) =>
          numbersOf({ ...stored, data: stored.data.slice() }),
        );
        const width = tensor.shape.at(-1)!;
        for (let i = 0; i < a!.length; i++) {
          const row = a!.subarray(i - (i % width), i - (i % width) + width);
          const step = row.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127;
          const limit = dtype === 'int8' ? step * 0.5001 : Math.abs(a![i]!) * limits[dtype] + 2 ** -25;
          if (Math.abs(a![i]! - b![i]!) > limit)
            expect.fail(`${name}[${i}], ${dtype}: ${a![i]} became ${b![i]}`);
        }
      }
    }
  });

  it('round to the nearest float16 and bfloat16, ties to even, down to subnormal numbers', () => {
    const random = new Random(3);
    const [spec] = tensorSpecs(parseConfig(tinyConfig()));
    const bitsOf = (numbers: number[], dtype: 'f16' | 'bf16') => {
      const weight = { spec: spec!, tensor: floats([numbers.length], numbers), scale: null };
      const { data } = convertWeight(weight, dtype).tensor;
      return new Uint16Array(data.slice().buffer);
    };
    for (const dtype of ['f16', 'bf16'] as const) {
      const stored = dtype === 'f16' ? 'F16' : 'BF16';
      // All positive finite numbers of the type, in order: their index is their bits.
      const count = dtype === 'f16' ? 0x7c00 : 0x7f80;
      const bits = Uint16Array.from({ length: count }, (_, i) => i);
      const all = toFloat64({ dtype: stored, shape: [count], data: new Uint8Array(bits.buffer) }, null);
      expect(
        Buffer.compare(Buffer.from(bitsOf(Array.from(all), dtype).buffer), Buffer.from(bits.buffer)),
      ).toBe(0);
      expect([...bitsOf([0, -0, -all[5]!], dtype)]).toEqual([0, 0x8000, 0x8005]);
      // Between two neighbours: the middle, which float32 holds, and beside it.
      const places = [
        0,
        1,
        2,
        3,
        0x3ff,
        0x400,
        ...Array.from({ length: 3000 }, () => random.below(count - 1)),
      ];
      const middle = places.map((i) => (all[i]! + all[i + 1]!) / 2);
      const even = places.map((i) => i + (i % 2));
      expect([...bitsOf(middle, dtype)]).toEqual(even);
      const near = (x: number, step: number) => {
        const word = new Uint32Array(Float32Array.of(x).buffer);
        word[0]! += step;
        return new Float32Array(word.buffer)[0]!;
      };
      expect([
        ...bitsOf(
          middle.map((x) => near(x, -1)),
          dtype,
        ),
      ]).toEqual(places);
      expect([
        ...bitsOf(
          middle.map((x) => -near(x, 1)),
          dtype,
        ),
      ]).toEqual(places.map((i) => 0x8000 + i + 1));
    }
  });

  it('refuse a type that cannot hold a number, rather than write infinity', async () => {
    const largest: Change = (tensors) =>
      numbersOf(tensors.get('embedding.norm.bias')!).set([-3.4028234663852886e38]);
    const model = await load(tinyModel({}, { change: largest }));
    for (const dtype of ['f16', 'bf16'] as const) {
      const { message } = await failure(() => model.save(undefined, { dtype }), 'argument');
      expect(message).toContain('embeddings.LayerNorm.bias');
    }
    await load(await model.save(undefined, { dtype: 'f32' }));
  });

  it('keep rows of zeros in int8', async () => {
    const change: Change = (tensors) => numbersOf(tensors.get('layers.0.output.weight')!).fill(0, 0, 74);
    const model = await load(tinyModel({}, { change, dtype: 'int8' }));
    expect((await model.encode(TEXTS)).data.every(Number.isFinite)).toBe(true);
  });
});
