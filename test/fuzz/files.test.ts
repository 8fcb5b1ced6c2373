import { beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/architecture/config.ts';
import { HashFormer } from '../../src/model/hashformer.ts';
import { tensorSpecs } from '../../src/model/layout.ts';
import { checksum } from '../../src/wasm/checksum.ts';
import { instantiateModule } from '../../src/wasm/module.ts';
import {
  difference,
  differingBits,
  expectOurs,
  type Files,
  type Random,
  tiers,
  tinyModel,
  VARIANTS,
} from '../helpers.ts';
import { fuzz, pick, rounds } from './fuzz.ts';

const TEXTS = ['a film', ['one two three four five six', ''] as [string, string], ''];

type Header = Record<string, { dtype: string; shape: unknown[]; data_offsets: unknown[] }>;

function split(file: Uint8Array): { header: Header; data: Uint8Array } {
  const size = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  return {
    header: JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + size))),
    data: file.slice(8 + size),
  };
}

function join(header: unknown, data: Uint8Array, length?: number): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const bytes = new TextEncoder().encode(text);
  const file = new Uint8Array(8 + bytes.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(length ?? bytes.length)), true);
  file.set(bytes, 8);
  file.set(data, 8 + bytes.length);
  return file;
}

const JUNK = [
  null,
  0,
  -1,
  1,
  2,
  5,
  1e9,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e300,
  0.5,
  '',
  'x',
  '__proto__',
  [],
  [0],
  {},
  true,
  'F32',
  'I8',
  'BOOL',
  'F4',
];
/** Finite numbers at the ends of float32, and what is none. */
const NUMBERS = [0, -0, 1e-45, -1e-38, 1, -1e10, 1e19, -1e25, 3.4e38, -3.4e38];
const NO_NUMBERS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

const entriesOf = (header: Header) => Object.keys(header).filter((name) => name !== '__metadata__');

/** Ways to damage a weight file. Each gives a new one. */
const DAMAGE: Record<string, (file: Uint8Array, random: Random) => Uint8Array> = {
  truncated: (file, random) => file.slice(0, random.below(file.length)),
  'cut in the header': (file, random) => file.slice(0, random.below(600)),
  extended: (file, random) => {
    const longer = new Uint8Array(file.length + 1 + random.below(100));
    longer.set(file);
    return longer;
  },
  'bits flipped': (file, random) => {
    const copy = file.slice();
    for (let i = random.below(4); i >= 0; i--) copy[random.below(copy.length)]! ^= 1 << random.below(8);
    return copy;
  },
  'bits flipped in the header': (file, random) => {
    const copy = file.slice();
    for (let i = random.below(3); i >= 0; i--) copy[random.below(2000)]! ^= 1 << random.below(8);
    return copy;
  },
  'a wrong length of the header': (file, random) => {
    const copy = file.slice();
    const length = new DataView(copy.buffer).getUint32(0, true);
    const wrong = pick(random, [
      0,
      1,
      length - 1,
      length + 1,
      length + 8,
      99_999_999,
      100_000_000,
      100_000_001,
      2 ** 31,
      2 ** 32,
      2 ** 53,
    ]);
    new DataView(copy.buffer).setBigUint64(
      0,
      random.below(2) ? BigInt(wrong) : 2n ** 64n - 1n - BigInt(random.below(9)),
      true,
    );
    return copy;
  },
  'overlapping or moved data': (file, random) => {
    const { header, data } = split(file);
    const entry = header[pick(random, entriesOf(header))]!;
    const by = pick(random, [-4, 4, -1, 1, 64, -64, 1e9, -1e9]);
    entry.data_offsets = entry.data_offsets.map((at) =>
      random.below(3) ? (at as number) + by : (at as number),
    );
    return join(header, data);
  },
  'two tensors on the same data': (file, random) => {
    const { header, data } = split(file);
    const names = entriesOf(header);
    header[pick(random, names)]!.data_offsets = header[pick(random, names)]!.data_offsets;
    return join(header, data);
  },
  'another shape': (file, random) => {
    const { header, data } = split(file);
    const entry = header[pick(random, entriesOf(header))]!;
    if (random.below(2)) entry.shape = [...entry.shape].reverse();
    else entry.shape[random.below(entry.shape.length + 1)] = pick(random, JUNK);
    return join(header, data);
  },
  'another type': (file, random) => {
    const { header, data } = split(file);
    header[pick(random, entriesOf(header))]!.dtype = pick(random, [
      'F64',
      'F16',
      'BF16',
      'I8',
      'U8',
      'I32',
      'BOOL',
      'C64',
      'f32',
      '',
    ]);
    return join(header, data);
  },
  'junk in the header': (file, random) => {
    const { header, data } = split(file);
    const name = pick(random, entriesOf(header));
    const field = pick(random, ['dtype', 'shape', 'data_offsets', 'extra']);
    if (random.below(3)) (header[name] as Record<string, unknown>)[field] = pick(random, JUNK);
    else
      (header as Record<string, unknown>)[pick(random, [name, '__metadata__', '__proto__', 'x'])] = pick(
        random,
        JUNK,
      );
    return join(header, data);
  },
  'names exchanged': (file, random) => {
    const { header, data } = split(file);
    const [a, b] = [pick(random, entriesOf(header)), pick(random, entriesOf(header))];
    [header[a], header[b]] = [header[b]!, header[a]!];
    return join(header, data);
  },
  'a name changed, missing or twice': (file, random) => {
    const { header, data } = split(file);
    const name = pick(random, entriesOf(header));
    const text = JSON.stringify(header);
    if (random.below(3) === 0)
      return join(text.replace(/}$/, `,${JSON.stringify(name)}:${JSON.stringify(header[name])}}`), data);
    if (random.below(2))
      header[pick(random, ['lm_head.x', 'pooler.x', 'other', '', '__proto__'])] = header[name]!;
    delete header[name];
    return join(header, data);
  },
  'a huge header': (file, random) => {
    const { header, data } = split(file);
    const padding = ' '.repeat(random.below(200_000));
    return join(
      random.below(2) ? JSON.stringify(header) + padding : `${'['.repeat(random.below(100_000))}`,
      data,
    );
  },
  'numbers that are none': (file, random) => write(file, random, NO_NUMBERS),
  'numbers at the ends': (file, random) => write(file, random, NUMBERS),
  'random numbers': (file, random) => {
    const { header, data } = split(file);
    const [from, to] = header[pick(random, entriesOf(header))]!.data_offsets as [number, number];
    for (let i = from; i < to; i++) data[i] = random.below(256);
    return join(header, data);
  },
  'nothing but noise': (_, random) => Uint8Array.from({ length: random.below(300) }, () => random.below(256)),
  'the beginning of another format': (file, random) => {
    const copy = file.slice();
    copy.set(
      pick(random, [
        [0x50, 0x4b, 3, 4],
        [0x80, 2, 0x8a, 10],
        [0x80, 2, 0x7d],
        [0x93, 0x4e],
        [0x89, 0x48],
      ]),
    );
    return copy;
  },
};

/** Writes float32 numbers into some of a file's places, without regard to the types there. */
function write(file: Uint8Array, random: Random, numbers: number[]): Uint8Array {
  const { header, data } = split(file);
  const view = new DataView(data.buffer, data.byteOffset);
  const [from, to] = header[pick(random, entriesOf(header))]!.data_offsets as [number, number];
  const all = random.below(3) === 0;
  for (let at = from; at + 4 <= to; at += 4)
    if (all || random.below(20) === 0) view.setFloat32(at, pick(random, numbers), true);
  return join(header, data);
}

/** Loads files and computes with them: finite numbers, or an error of ours and never a trap. */
async function survives(files: Files, random: Random): Promise<boolean> {
  let model: HashFormer | undefined;
  try {
    const options =
      random.below(10) === 0 ? ({ backend: 'reference' } as const) : { tier: pick(random, tiers) };
    model = await HashFormer.load(files, options);
    const results = [
      await model.encode(TEXTS),
      await model.encode(TEXTS, { pooling: 'max', normalize: true }),
      await model.sentences(TEXTS),
      await model.logits(TEXTS),
    ];
    for (const { data } of results) expect(data.every(Number.isFinite)).toBe(true);
    return true;
  } catch (error) {
    expectOurs(error);
    return false;
  } finally {
    model?.dispose();
  }
}

describe('damaged files', () => {
  let sealed: (header: Header, data: Uint8Array) => Uint8Array;
  beforeAll(async () => {
    const { exports } = await instantiateModule();
    sealed = (header, data) => join({ ...header, __metadata__: { checksum: checksum(exports, data) } }, data);
  });

  const fields = {
    hidden_size: 6,
    num_attention_heads: 2,
    num_hidden_layers: 1,
    intermediate_size: 5,
    buckets: 7,
  };
  const sizes = { max_position_embeddings: 12, embedding_size: 5, sentence_embedding_size: 3, num_labels: 2 };

  /** A file as it should be, of any variant and type, with a checksum in one of three. */
  function whole(random: Random): Files {
    const variant = pick(random, VARIANTS);
    const md5 = variant === 'ngram' || variant === 'vocab';
    const hash = md5 ? 'md5' : pick(random, ['md5', 'simhash'] as const);
    const dtype = pick(random, ['f32', 'f32', 'int8', 'f16', 'bf16'] as const);
    const files = tinyModel({ ...fields, ...sizes, variant, hash }, { dtype, seed: 1 + random.below(3) });
    if (random.below(3)) return files;
    const { header, data } = split(files.weights);
    return { ...files, weights: sealed(header, data) };
  }

  it('of weights give an error or finite numbers', async () => {
    const survived = new Map<string, number>();
    const tried = new Map<string, number>();
    await fuzz(rounds(20_000), async (random) => {
      const files = whole(random);
      const way = pick(random, Object.keys(DAMAGE));
      let weights = DAMAGE[way]!(files.weights, random);
      // A third of what is damaged gets a checksum that is right, where its header can still be read.
      if (random.below(3) === 0) {
        try {
          const { header, data } = split(weights);
          weights = sealed(header, data);
        } catch {}
      }
      const alive = await survives({ ...files, weights }, random);
      tried.set(way, (tried.get(way) ?? 0) + 1);
      survived.set(way, (survived.get(way) ?? 0) + Number(alive));
    });
    if (process.env.FUZZ_SEED === undefined) {
      // The damage is damage: what must always be found was found, and some of the rest computes.
      for (const way of ['truncated', 'extended', 'numbers that are none', 'nothing but noise']) {
        expect(survived.get(way)! / tried.get(way)!, way).toBeLessThan(
          way === 'numbers that are none' ? 0.7 : 0.01,
        );
      }
      expect(survived.get('numbers at the ends')).toBeGreaterThan(0);
      expect(survived.get('random numbers')).toBeGreaterThan(0);
    }
  }, 900_000);

  it('of configurations give an error or finite numbers', async () => {
    const values = [
      ...JUNK,
      3,
      4,
      6,
      8,
      12,
      50_265,
      [1, 3],
      [0, 1],
      ['a'],
      { 0: 'A' },
      { 0: 'A', 1: 'B' },
      'md5',
      'lsh',
      'simhash',
      ...VARIANTS,
      'mean',
      false,
    ];
    let alive = 0;
    await fuzz(rounds(10_000), async (random) => {
      const files = whole(random);
      const config = JSON.parse(JSON.stringify(parseConfig(files.config))) as Record<string, unknown>;
      for (let i = random.below(3); i >= 0; i--) {
        const field = pick(random, Object.keys(config));
        if (random.below(5) === 0) delete config[field];
        else config[field] = pick(random, values);
      }
      alive += Number(await survives({ ...files, config }, random));
    });
    if (process.env.FUZZ_SEED === undefined) expect(alive).toBeGreaterThan(rounds(10_000) / 20);
  }, 900_000);
});

describe('random models', () => {
  it('agree in all tiers, and with float64', async () => {
    await fuzz(rounds(600), async (random) => {
      const heads = 1 + random.below(6);
      const variant = pick(random, VARIANTS);
      const shortest = 1 + random.below(4);
      const config = {
        variant,
        hash: variant === 'ngram' || variant === 'vocab' ? 'md5' : pick(random, ['md5', 'simhash']),
        num_attention_heads: heads,
        hidden_size: heads * (2 + random.below(12)),
        intermediate_size: 1 + random.below(70),
        num_hidden_layers: random.below(3),
        max_position_embeddings: 6 + random.below(60),
        embedding_size: 3 + random.below(40),
        buckets: 1 + random.below(100),
        num_labels: 1 + random.below(20),
        type_vocab_size: 1 + random.below(2),
        sentence_embedding_size: random.below(2) ? 1 + random.below(40) : null,
        ngram_range: [shortest, shortest + random.below(4)],
        max_ngrams: random.below(30),
        boundary_marks: random.below(2) === 0,
        tokenizer: pick(random, ['reference', 'unicode']),
        hash_key: random.text(20),
        ngram_key: random.text(100),
        hash_keys: Array.from({ length: 1 + random.below(15) }, () => random.text(5)),
      };
      const dtype = pick(random, ['f32', 'f32', 'int8'] as const);
      const files = tinyModel(config, { dtype, seed: random.below(1000) });
      expect(tensorSpecs(parseConfig(files.config)).length).toBeGreaterThan(4);
      const texts = Array.from({ length: 6 }, () => random.text(80));
      const compute = async (options: object) => {
        const model = await HashFormer.load(files, options);
        const results = [await model.encode(texts), await model.sentences(texts), await model.logits(texts)];
        model.dispose();
        return results.map(({ data }) => data);
      };
      const oracle = await compute({ backend: 'reference' });
      const [first, ...others] = await Promise.all(tiers.map((tier) => compute({ tier })));
      for (const [i, data] of first!.entries()) {
        for (const other of others) {
          if (!tiers.includes('relaxed') || dtype === 'int8') expect(differingBits(other[i]!, data)).toBe(0);
          else expect(difference(other[i]!, data)).toBeLessThan(1e-4);
        }
        // Random models may be badly conditioned: a bound that a wrong formula would not meet.
        if (dtype === 'f32') expect(difference(data, oracle[i]!)).toBeLessThan(1e-3);
      }
    });
  }, 900_000);
});

const bytes = (data: Uint8Array | Float32Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

describe('random calls', () => {
  it('at once, aborted and disposed of at random, end, and leave the others alone', async () => {
    await fuzz(rounds(500), async (random) => {
      const files = tinyModel({ variant: pick(random, VARIANTS), sentence_embedding_size: 3 });
      const [model, calm] = [await HashFormer.load(files), await HashFormer.load(files)];
      const texts = Array.from({ length: 30 }, () => random.text(60));
      const disposes = random.below(3) === 0;
      const calls = Array.from({ length: 12 }, () => {
        const controller = new AbortController();
        const options = { signal: controller.signal, batchSize: 1 + random.below(10) };
        const given = texts.slice(random.below(30));
        const kind = random.below(5);
        const when = random.below(4);
        const layer = random.below(2);
        if (when === 0) controller.abort();
        if (when === 1) setTimeout(() => controller.abort(), random.below(3));
        if (when === 2) queueMicrotask(() => controller.abort());
        // Everything as bytes, which compare fast.
        const run = async (target: HashFormer, runOptions: object): Promise<Buffer> => {
          if (kind === 0) return bytes((await target.logits(given, runOptions)).data);
          if (kind === 1) return bytes((await target.encode(given, { ...runOptions, layer })).data);
          if (kind === 2) return bytes((await target.sentences(given, runOptions)).data);
          if (kind === 3) return Buffer.from(JSON.stringify(await target.tokenize(given[0]!)));
          return bytes((await target.save()).weights);
        };
        return { result: run(model, options), again: () => run(calm, {}) };
      });
      if (disposes) setTimeout(() => model.dispose(), random.below(3));
      const results = await Promise.allSettled(calls.map(({ result }) => result));
      for (const [i, settled] of results.entries()) {
        if (settled.status === 'rejected') {
          expectOurs(settled.reason);
          expect(['aborted', 'disposed']).toContain(settled.reason.code);
        } else {
          expect(settled.value.equals(await calls[i]!.again())).toBe(true);
        }
      }
      if (!disposes) {
        const [a, b] = [await model.logits(texts), await calm.logits(texts)];
        expect(differingBits(a.data, b.data)).toBe(0);
      }
      model.dispose();
      calm.dispose();
    });
  }, 900_000);
});
