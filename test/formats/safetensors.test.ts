import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { writeSafetensors } from '../../src/formats/safetensors-writer.ts';
import { byteSize, DTYPES, type DType, type StoredTensor } from '../../src/formats/stored-tensor.ts';
import { parseWeights } from '../../src/model/source.ts';
import { attempt, damage, errorOf, generator } from './generator.ts';

const official = new Uint8Array(readFileSync(new URL('./fixtures/official.safetensors', import.meta.url)));

function file(header: unknown, data = 0, length?: number): Uint8Array {
  const text =
    header instanceof Uint8Array ? header : typeof header === 'string' ? header : JSON.stringify(header);
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const out = new Uint8Array(8 + bytes.length + data);
  new DataView(out.buffer).setBigUint64(0, BigInt(length ?? bytes.length), true);
  out.set(bytes, 8);
  return out;
}

function tensor(dtype: DType, shape: number[], fill = 1): StoredTensor {
  return { dtype, shape, data: new Uint8Array(byteSize(dtype, shape)).fill(fill) };
}

const failure = (bytes: Uint8Array) =>
  errorOf(() => readSafetensors(bytes, 'x.safetensors'), 'weights').message;
const one = (info: object, data = 8) =>
  file({ t: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...info } }, data);

describe('readSafetensors', () => {
  it('reads what the official writer wrote', () => {
    const { tensors, metadata, data } = readSafetensors(official);
    expect(metadata).toEqual({ format: 'pt' });
    expect(data.length).toBe(81);
    expect([...tensors.keys()]).toHaveLength(10);
    expect(tensors.get('0')).toMatchObject({ dtype: 'F32', shape: [2, 3] });
    expect(new Float32Array(tensors.get('0')!.data.slice().buffer)).toEqual(
      new Float32Array([0, 1, 2, 3, 4, 5]),
    );
    expect(tensors.get('step')).toEqual({ dtype: 'I32', shape: [], data: new Uint8Array([7, 0, 0, 0]) });
    expect(tensors.get('empty')).toEqual({ dtype: 'F32', shape: [0, 4], data: new Uint8Array() });
    expect(tensors.get('größe')!.data.length).toBe(4);
  });

  it('gives views, also of a view', () => {
    const padded = new Uint8Array(official.length + 3);
    padded.set(official, 3);
    const { tensors, data } = readSafetensors(padded.subarray(3));
    expect(tensors.get('bytes')!.data).toEqual(new Uint8Array([0, 1, 2, 3, 4]));
    expect(tensors.get('bytes')!.data.buffer).toBe(padded.buffer);
    expect(data.buffer).toBe(padded.buffer);
  });

  it('takes tensors in any order of the header, and no tensors', () => {
    const info = (begin: number) => ({ dtype: 'U8', shape: [1], data_offsets: [begin, begin + 1] });
    const { tensors } = readSafetensors(file({ b: info(1), a: info(0), c: info(2) }, 3));
    expect([...tensors.keys()]).toEqual(['a', 'b', 'c']);
    expect(readSafetensors(file({})).tensors.size).toBe(0);
  });

  it('keeps names of object prototypes as names', () => {
    const header =
      '{"__metadata__":{"__proto__":"x"},"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},' +
      '"constructor":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}';
    const { tensors, metadata } = readSafetensors(file(header, 2));
    expect([...tensors.keys()]).toEqual(['__proto__', 'constructor']);
    expect(Object.entries(metadata)).toEqual([['__proto__', 'x']]);
    expect(metadata.constructor).toBeUndefined();
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('tells a truncated file', () => {
    const whole = readSafetensors(official);
    expect(whole.tensors.size).toBe(10);
    for (let length = 0; length < official.length; length++) failure(official.subarray(0, length));
    expect(failure(official.subarray(0, 700))).toBe(
      `x.safetensors is truncated: its header promises ${official.length} bytes, the file has 700; download it again.`,
    );
    expect(failure(one({}, 7).subarray(0, 20))).toContain('truncated');
    expect(failure(new Uint8Array(5))).toContain('only 5 bytes');
  });

  it.each([
    ['<!DOCTYPE html><html><body>404</body></html>', 'is an HTML or XML page'],
    ['\n<html>  ', 'is an HTML or XML page'],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 2777872\n', 'is a git-lfs pointer'],
    ['{"error":"Entry not found"}', 'is a JSON text'],
    ['GGUF\0\0\x08\x08\0\0', 'is no safetensors file'],
  ])('tells what a file is instead: %j', async (text, expected) => {
    const reading = parseWeights(new TextEncoder().encode(text), 'x.safetensors');
    await expect(reading).rejects.toThrow(expected);
  });

  it.each([
    ['a huge header', file('{}', 0, 100_000_001), 'would have 100000001 bytes, the most is 100000000'],
    ['a header of 2^63 bytes', file('{}', 0, 2 ** 63), 'no safetensors file'],
    ['a header beyond the file', file('{}', 0, 99_000_000), 'truncated: its header promises 99000008 bytes'],
    ['no header', file(''), 'no JSON object in UTF-8'],
    ['a header that is no JSON', file('{"a":'), 'no JSON object'],
    ['a header that is an array', file('[]'), 'no JSON object'],
    ['a header behind a space', file(' {}'), 'no JSON object'],
    ['a byte order mark', file('\uFEFF{}'), 'no JSON object'],
    ['a header that is not UTF-8', file(new Uint8Array([0x7b, 0xff, 0x7d])), 'no JSON object'],
    ['deep nesting', file(`{"a":${'['.repeat(200_000)}`), 'no JSON object'],
    ['metadata that is no object', file({ __metadata__: ['a'] }), '__metadata__ must map strings to strings'],
    ['metadata of numbers', file({ __metadata__: { a: 1 } }), '__metadata__ must map strings to strings'],
    ['null metadata', file({ __metadata__: null }), '__metadata__ must map strings to strings'],
    ['a tensor that is null', file({ t: null }), 'dtype of tensor "t" must be one of'],
    ['a tensor that is a string', file({ t: 'F32' }), 'dtype of tensor "t" must be one of'],
    ['an unknown dtype', one({ dtype: 'F31' }), 'must be one of BOOL,F4,'],
    ['a dtype of the prototype', one({ dtype: 'toString' }), 'got "toString"'],
    ['a dtype in an array', one({ dtype: ['F32'] }), 'got ["F32"]'],
    ['a dtype with methods', one({ dtype: { toString: 1 } }), 'got an object'],
    [
      'a shape that is a number',
      one({ shape: 2 }),
      'shape of tensor "t" must be integers >= 0 with a safe product, got 2',
    ],
    ['a negative size', one({ shape: [-2] }), 'got [-2]'],
    ['a size that is a string', one({ shape: ['2'] }), 'got ["2"]'],
    ['a size that is a fraction', one({ shape: [0.5, 4] }), 'got [0.5,4]'],
    ['a size beyond the safe integers', one({ shape: [2 ** 53] }), 'got [9007199254740992]'],
    ['a product that overflows', one({ shape: [2 ** 30, 2 ** 30] }), 'safe product'],
    ['a product that overflows to infinity', one({ shape: Array(50).fill(2 ** 52) }), 'got an array of 50'],
    [
      'missing offsets',
      one({ data_offsets: undefined }),
      '8 bytes apart, as F32 and shape [2] take, got undefined',
    ],
    ['three offsets', one({ data_offsets: [0, 8, 8] }), 'got [0,8,8]'],
    ['offsets that are strings', one({ data_offsets: [0, '8'] }), 'got [0,"8"]'],
    ['negative offsets', one({ data_offsets: [-8, 0] }), 'got [-8,0]'],
    ['offsets in reverse', one({ data_offsets: [8, 0] }), 'got [8,0]'],
    ['offsets of another size', one({ data_offsets: [0, 4] }), 'got [0,4]'],
    [
      'sub-byte elements that fill no byte',
      one({ dtype: 'F4', shape: [3], data_offsets: [0, 2] }),
      'got [0,2]',
    ],
    [
      'a hole at the start',
      one({ data_offsets: [4, 12] }, 12),
      'leaves a hole before it: it begins at byte 4',
    ],
    ['bytes after the last tensor', one({}, 10), '2 bytes follow its last tensor'],
    ['bytes after no tensor', file({}, 10), '10 bytes follow'],
  ])('refuses %s', (_, bytes, expected) => {
    expect(failure(bytes)).toContain(expected);
  });

  it('refuses overlaps, holes and the same range twice', () => {
    const two = (a: number[], b: number[]) =>
      failure(
        file(
          {
            a: { dtype: 'U8', shape: [a[1]! - a[0]!], data_offsets: a },
            b: { dtype: 'U8', shape: [b[1]! - b[0]!], data_offsets: b },
          },
          8,
        ),
      );
    expect(two([0, 5], [4, 8])).toContain('tensor "b" overlaps the one before it: it begins at byte 4');
    expect(two([0, 4], [5, 8])).toContain('tensor "b" leaves a hole before it');
    expect(two([0, 8], [0, 8])).toContain('overlaps');
    expect(two([4, 8], [0, 5])).toContain('tensor "a" overlaps');
  });

  it('refuses duplicate keys wherever they stand', () => {
    const info = '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}';
    const twice = 'its header has a key twice';
    expect(failure(file(`{"a":${info},"a":${info}}`))).toContain(twice);
    expect(failure(file('{"__metadata__":{"a":"1","a":"2"}}'))).toContain(twice);
    expect(failure(file('{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}'))).toContain(
      twice,
    );
    expect(readSafetensors(file(`{"\\":\\"\\\\":${info},":{\\"a\\":":${info}}`)).tensors.size).toBe(2);
  });

  it('ignores unknown plain fields, as the official reader does', () => {
    expect(readSafetensors(one({ note: 'x' })).tensors.size).toBe(1);
    expect(failure(one({ note: { a: 1 } }))).toContain('objects where none belong');
  });

  it('answers with a file or an error of ours, whatever the bytes', () => {
    const random = generator(1);
    const sample = writeSafetensors(
      new Map([
        ['a', tensor('F32', [3, 2])],
        ['b', tensor('I8', [5])],
      ]),
      { checksum: 'xxh64:0123456789abcdef' },
    );
    for (let i = 0; i < 4000; i++) {
      const bytes = damage(i % 2 ? official : sample, random);
      const read = attempt(() => readSafetensors(bytes), 'weights');
      for (const { dtype, shape, data } of read?.tensors.values() ?? []) {
        expect(data.length).toBe(byteSize(dtype, shape));
      }
    }
  });

  it('answers so to headers of wrong types', () => {
    const random = generator(2);
    const odd = [null, true, -1, 0, 1, 8, 2 ** 53, 1e300, '', 'F32', 'U8', '__proto__', [], [0, 8], [[]], {}];
    const any = () => odd[random(odd.length)];
    for (let i = 0; i < 4000; i++) {
      const info: Record<string, unknown> = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
      for (let k = random(3); k >= 0; k--) info[['dtype', 'shape', 'data_offsets', 'x'][random(4)]!] = any();
      const header: Record<string, unknown> = { t: random(5) ? info : any() };
      if (random(3) === 0) header.__metadata__ = any();
      const bytes = file(header, random(2) * 8);
      attempt(() => readSafetensors(bytes), 'weights');
    }
  });
});

describe('writeSafetensors', () => {
  it('writes the bytes that the official writer writes', () => {
    const { tensors, metadata } = readSafetensors(official);
    const shuffled = new Map([...tensors].reverse());
    expect(writeSafetensors(shuffled, metadata)).toEqual(official);
  });

  it('round-trips every dtype, odd names and metadata', () => {
    const tensors = new Map<string, StoredTensor>();
    for (const [i, dtype] of DTYPES.entries()) {
      tensors.set(`${dtype} "\\\n\u2028😀`, tensor(dtype, [2, 4], i));
      tensors.set(String(i), tensor('I8', [1], i));
    }
    tensors.set('__proto__', tensor('F32', [1]));
    tensors.set('', tensor('F32', [1]));
    const metadata = { checksum: 'xxh64:0123456789abcdef', ключ: '"' };
    const bytes = writeSafetensors(tensors, metadata);
    const read = readSafetensors(bytes);
    expect(read.metadata).toEqual(metadata);
    expect(new Map([...read.tensors].sort())).toEqual(new Map([...tensors].sort()));
    expect(read.data.byteOffset % 8).toBe(0);
    expect(writeSafetensors(read.tensors, read.metadata)).toEqual(bytes);
  });

  it('writes no tensors and no metadata', () => {
    expect(readSafetensors(writeSafetensors(new Map()))).toMatchObject({ tensors: new Map(), metadata: {} });
  });

  it('refuses tensors whose data does not fit', () => {
    const write = (name: string, stored: StoredTensor) =>
      errorOf(() => writeSafetensors(new Map([[name, stored]])), 'argument').message;
    expect(write('t', { ...tensor('F32', [2]), shape: [3] })).toContain('expected 12 bytes of data');
    expect(write('__metadata__', tensor('F32', [2]))).toContain('a name other than __metadata__');
    expect(write('t', { ...tensor('F32', [2]), shape: [-2] })).toContain('cannot be written');
    expect(write('t', { ...tensor('F32', [2]), dtype: 'F31' as DType })).toContain('cannot be written');
  });
});
