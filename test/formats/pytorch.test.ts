import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPyTorch } from '../../src/formats/pytorch.ts';
import { byteSize, type StoredTensor } from '../../src/formats/stored-tensor.ts';
import { checkpoint, concat, pickle, tensor, text, zip } from './archive.ts';
import { attempt, damage, errorOf, generator } from './generator.ts';

const folder = new URL('./fixtures/', import.meta.url);
const fixture = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)));
const expected: Record<string, Record<string, { shape: number[]; values: number[] }>> = JSON.parse(
  readFileSync(new URL('expected.json', folder), 'utf8'),
);
const checkpoints = readdirSync(folder).filter((name) => name.endsWith('.bin'));
const failure = (bytes: Uint8Array) => errorOf(() => readPyTorch(bytes, 'x.bin'), 'weights').message;

/** Fixtures hold numbers that every dtype has exactly. */
function numbers({ dtype, data }: StoredTensor): number[] {
  const buffer = data.slice().buffer;
  const words = (type: typeof Uint16Array) => Array.from(new type(buffer));
  const scale = (sign: number, exponent: number, fraction: number) =>
    (sign ? -1 : 1) * 2 ** exponent * (1 + fraction);
  switch (dtype) {
    case 'F64':
      return Array.from(new Float64Array(buffer));
    case 'F32':
      return Array.from(new Float32Array(buffer));
    case 'F16':
      return words(Uint16Array).map((w) =>
        w ? scale(w >> 15, ((w >> 10) & 31) - 15, (w & 1023) / 1024) : 0,
      );
    case 'BF16':
      return words(Uint16Array).map((w) => (w ? scale(w >> 15, ((w >> 7) & 255) - 127, (w & 127) / 128) : 0));
    case 'I64':
      return Array.from(new BigInt64Array(buffer), Number);
    case 'I32':
      return Array.from(new Int32Array(buffer));
    case 'I16':
      return Array.from(new Int16Array(buffer));
    case 'I8':
      return Array.from(new Int8Array(buffer));
    default:
      return Array.from(new Uint8Array(buffer));
  }
}

describe('checkpoints of torch.save', () => {
  it.each(
    Object.keys(expected).flatMap((name) =>
      checkpoints
        .filter((file) => new RegExp(`-${name}(-legacy)?\\.bin$`).test(file))
        .map((file) => [file, name]),
    ),
  )('%s', (file, name) => {
    const { tensors, metadata } = readPyTorch(fixture(file));
    const read = Array.from(tensors, ([key, stored]) => [
      key,
      { shape: stored.shape, values: numbers(stored) },
    ]);
    expect(Object.fromEntries(read)).toEqual(expected[name]);
    expect(metadata).toEqual({});
  });

  it('have been made by two versions of PyTorch and in both formats', () => {
    expect(checkpoints).toHaveLength(22);
  });

  it('share storages: tied tensors are views of the same bytes', () => {
    const bytes = fixture('torch2-state.bin');
    const { tensors } = readPyTorch(bytes);
    const [one, two] = ['embedding.weight', 'out.weight'].map((name) => tensors.get(name)!.data);
    expect(one!.buffer).toBe(bytes.buffer);
    expect(two!.byteOffset).toBe(one!.byteOffset);
  });

  it.each([
    ['module', 'needs "__main__.Block", and code that a checkpoint names is never run'],
    ['complex', 'needs "torch.ComplexFloatStorage"'],
    ['list', 'holds an array of 1, expected a dict of tensors'],
    ['mixed', 'must map names to tensors, but holds 3 under "epoch"'],
  ])('that hold more than tensors are refused: %s', (name, message) => {
    for (const version of ['torch1', 'torch2']) {
      expect(failure(fixture(`${version}-${name}.bin`))).toContain(message);
    }
  });

  it('are told to be truncated, or damaged, wherever they are cut', () => {
    for (const file of ['torch2-state.bin', 'torch1-state-legacy.bin']) {
      const bytes = fixture(file);
      for (let length = 0; length < bytes.length; length++) failure(bytes.subarray(0, length));
      expect(failure(bytes.subarray(0, bytes.length - 1))).toMatch(
        /is (truncated|damaged).*; download it again\.$/,
      );
    }
  });

  it('answer with a file or an error of ours, whatever the bytes', () => {
    const random = generator(4);
    const files = checkpoints.map(fixture);
    for (let i = 0; i < 6000; i++) {
      const bytes = damage(files[i % files.length]!, random);
      const read = attempt(() => readPyTorch(bytes), 'weights');
      for (const { dtype, shape, data } of read?.tensors.values() ?? []) {
        expect(data.length).toBe(byteSize(dtype, shape));
      }
    }
  });
});

describe('zip archives', () => {
  const main = pickle('}', text('w'), tensor([2, 2], [2, 1]), 's');
  const storage = Uint8Array.from({ length: 16 }, (_, i) => i);

  it.each([
    ['plain', {}],
    ['padded', { padding: 37 }],
    ['zip64', { zip64: true, padding: 5 }],
    ['with a comment', { comment: 'PK\x05\x06 nothing' }],
  ])('%s', (_, options) => {
    const { tensors } = readPyTorch(checkpoint(main, storage, options));
    expect(tensors.get('w')).toEqual({ dtype: 'F32', shape: [2, 2], data: storage });
  });

  it.each([
    [
      'compressed',
      checkpoint(main, storage, { method: 8 }),
      'is compressed ("m/data.pkl"), which torch.save never does',
    ],
    ['encrypted', checkpoint(main, storage, { flags: 1 }), 'is encrypted'],
    ['without data.pkl', zip([['m/code.py', storage]]), 'without data.pkl'],
    ['with data.pkl elsewhere', zip([['data.pkl', main]]), 'without data.pkl'],
    ['empty', zip([]), 'without data.pkl'],
    [
      'with a file twice',
      zip([
        ['m/data.pkl', main],
        ['m/data.pkl', main],
      ]),
      '"m/data.pkl" is in it twice',
    ],
    [
      'big-endian',
      zip([
        ['m/data.pkl', main],
        ['m/data/0', storage],
        ['m/byteorder', new TextEncoder().encode('big')],
      ]),
      'big-endian machine',
    ],
    ['without the storage', zip([['m/data.pkl', main]]), 'needs the storage "0", which is missing'],
    [
      'with a short storage',
      checkpoint(main, storage.subarray(4)),
      'needs 4 elements of F32, its storage has 12 bytes',
    ],
    ['of nothing', new TextEncoder().encode('PK'), 'is truncated'],
  ])('are refused: %s', (_, bytes, message) => {
    expect(failure(bytes)).toContain(message);
  });

  it('whose directory points beyond the file are refused', () => {
    const bytes = checkpoint(main, storage, { zip64: true });
    const view = new DataView(bytes.buffer);
    for (let at = 0; at + 8 <= bytes.length; at++) {
      const old = view.getBigUint64(at, true);
      for (const value of [0n, 0xffff_ffffn, 2n ** 63n, 2n ** 64n - 1n]) {
        view.setBigUint64(at, value, true);
        attempt(() => readPyTorch(bytes), 'weights');
      }
      view.setBigUint64(at, old, true);
    }
    expect(readPyTorch(bytes).tensors.size).toBe(1);
  });
});

describe('files from before PyTorch 1.6', () => {
  const magic = pickle('\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19');
  const machine = (order: string) => pickle('}', text('little_endian'), order, 's');
  const main = pickle('}', text('w'), tensor([4], [1]), 's');
  const count = (elements: number) => new Uint8Array(new BigInt64Array([BigInt(elements)]).buffer);
  const data = new Uint8Array(16);
  const legacy = (order: string, keys: Uint8Array, ...rest: Uint8Array[]) =>
    concat(magic, pickle('M\xe9\x03'), machine(order), main, keys, ...rest);

  it('are read', () => {
    const { tensors } = readPyTorch(legacy('\x88', pickle(']', text('0'), 'a'), count(4), data));
    expect(tensors.get('w')).toEqual({ dtype: 'F32', shape: [4], data });
  });

  it.each([
    ['big-endian', legacy('\x89', pickle(']', text('0'), 'a'), count(4), data), 'big-endian machine'],
    ['of another version', concat(magic, pickle('K\x01')), 'is no checkpoint of torch.save'],
    ['without keys', legacy('\x88', pickle('N')), 'needs the storage "0", which is missing'],
    ['with an unknown key', legacy('\x88', pickle(']', text('1'), 'a')), 'lists the unknown storage "1"'],
    [
      'cut off',
      legacy('\x88', pickle(']', text('0'), 'a'), count(4)),
      'is truncated: storage "0" is cut off',
    ],
    [
      'of another size',
      legacy('\x88', pickle(']', text('0'), 'a'), count(3), data),
      'not of the expected size',
    ],
  ])('are refused: %s', (_, bytes, message) => {
    expect(failure(bytes)).toContain(message);
  });
});

describe('files of other kinds', () => {
  it.each([
    ['<html></html>', 'is an HTML or XML page'],
    ['version https://git-lfs.github.com/spec/v1\n', 'is a git-lfs pointer'],
    ['', 'is no checkpoint of torch.save: expected a zip archive or a pickle'],
    ['GGUF', 'is no checkpoint'],
  ])('%j', (content, message) => {
    expect(failure(new TextEncoder().encode(content))).toContain(message);
  });

  it('a pickle that torch.save did not write', () => {
    expect(failure(pickle('}'))).toContain('is no checkpoint of torch.save');
    expect(failure(concat([0x80, 4, 0x95], pickle('}')))).toContain('uses pickle protocol 4, expected 2');
  });
});
