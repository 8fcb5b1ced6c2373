import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPyTorch } from '../../src/model/pytorch.ts';
import { byteSize, type StoredTensor } from '../../src/model/stored-tensor.ts';
import { checkpoint, concat, int, pickle, tensor, text, zip } from './archive.ts';
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
    (sign ? -1 : 1) * (exponent === 0 && fraction === 0 ? 0 : 2 ** exponent * (1 + fraction));
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
    ['empty', zip([]), 'is truncated'],
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
    // An archive without files begins with its end record.
    expect(failure(bytes)).toContain(
      message === 'is truncated' && bytes.length === 22 ? 'without data.pkl' : message,
    );
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

describe('hostile pickles', () => {
  const run = (...parts: Parameters<typeof pickle>) => failure(checkpoint(pickle(...parts)));
  const weight = (...args: Parameters<typeof tensor>) => pickle('}', text('w'), tensor(...args), 's');

  it('never run code', () => {
    const never = 'and code that a checkpoint names is never run';
    expect(run('cos\nsystem\n', text('echo'), '\x85R')).toContain(`needs "os.system", ${never}`);
    expect(run('cbuiltins\neval\n')).toContain(`needs "builtins.eval", ${never}`);
    expect(run('ctorch._utils\n_rebuild_tensor_v3\n')).toContain(never);
    expect(run('c__proto__\nconstructor\n')).toContain(never);
    expect(run(text('os'), text('system'), '\x93')).toContain('instruction 0x93');
    expect(run('(ios\nsystem\n')).toContain('instruction 0x69');
    expect(run('ccollections\nOrderedDict\n)\x81')).toContain('instruction 0x81');
  });

  it.each([
    ['nothing', [], 'takes from an empty stack'],
    ['a call of a string', [text('x'), ')R'], 'calls "x"'],
    ['a call without a tuple', ['ccollections\nOrderedDict\nNR'], 'calls an object'],
    [
      'an OrderedDict with arguments',
      ['ccollections\nOrderedDict\n]\x85R'],
      'an odd call of collections.OrderedDict',
    ],
    ['a parameter of nothing', ['ctorch._utils\n_rebuild_parameter\nN\x85R'], 'an odd call'],
    ['a call of a storage', ['ctorch\nFloatStorage\n)R'], 'an odd call of torch.FloatStorage'],
    ['a tensor of nothing', ['ctorch._utils\n_rebuild_tensor_v2\n)R'], 'an odd call'],
    ['a reference that is no tuple', ['NQ'], 'an odd reference to a storage'],
    ['a reference to a module', ['(', text('module'), 'tQ'], 'an odd reference'],
    ['a mark on nothing', ['(a'], 'takes from an empty stack'],
    ['no mark', ['Nt'], 'lacks a mark'],
    ['a tuple across a mark', ['N(\x85'], 'takes from an empty stack'],
    ['an append to a dict', ['}Na'], 'appends to an object'],
    ['an item of a list', [']NNs'], 'sets items of an array'],
    ['half an item', ['}(Nu'], 'sets items'],
    ['attributes of a list', [']Nb'], 'sets attributes of an array'],
    ['an unknown memo', ['h\x05'], 'recalls 5, which it never stored'],
    ['a memo of nothing', ['q\x05'], 'takes from an empty stack'],
    ['a string beyond the end', ['X\xff\xff\xff\xff'], 'is cut off'],
    ['a string that is not UTF-8', ['X\x01\0\0\0\xff'], 'not UTF-8'],
    ['a name without an end', ['cos'], 'is cut off'],
    ['a dict without tensors', ['}'], 'holds no tensors'],
    ['a key that is no name', ['}NNs'], 'holds null under null'],
    ['a nested dict', ['}', text('optimizer'), '}s'], 'holds an object under "optimizer"'],
    ['a dict that wraps itself', ['}q\0', text('model'), 'h\0s'], 'holds an object under "model"'],
  ])('are refused: %s', (_, parts, message) => {
    expect(run(...(parts as string[]))).toContain(message);
  });

  it.each([
    ['a size below 0', weight([-1], [1]), 'an odd call'],
    ['a stride below 0', weight([2], [-1]), 'an odd call'],
    ['a stride too few', weight([2, 2], [1]), 'an odd call'],
    ['65 dimensions', weight(Array(65).fill(1), Array(65).fill(1)), 'an odd call'],
    ['an end beyond the storage', weight([4], [1], 1), 'reaches beyond its storage'],
    ['strides beyond the storage', weight([2, 2], [3, 1]), 'reaches beyond its storage'],
    ['strides beyond the safe integers', weight([2 ** 30, 2 ** 30], [2 ** 52, 2 ** 52]), 'reaches beyond'],
    ['a size beyond the safe integers', weight([2 ** 52, 2 ** 52], [0, 0]), 'reaches beyond'],
    ['an expansion of one element to petabytes', weight([2 ** 40], [0]), 'over 4 times its size in memory'],
    ['an expansion of a few megabytes', weight([10 ** 6], [0]), 'over 4 times its size in memory'],
  ])('are refused: %s', (_, main, message) => {
    expect(failure(checkpoint(main))).toContain(message);
  });

  it('copies are bounded in all', () => {
    const columns = Array.from({ length: 2000 }, (_, i) => [text(`w${i}`), tensor([2, 2], [1, 2])]).flat();
    const many = [...Array(40)].map(() => concat(...columns.slice(0, 50)));
    expect(readPyTorch(checkpoint(pickle('}(', ...columns, 'u'))).tensors.size).toBe(2000);
    const shared = [
      '}',
      text('x'),
      tensor([2, 2], [1, 2]),
      'q\0s(',
      ...many.flatMap((_, i) => [text(`${i}`), 'h\0']),
    ];
    expect(readPyTorch(checkpoint(pickle(...shared, 'u'))).tensors.size).toBe(41);
    const large = ['}', text('x'), tensor([64, 64], [1, 64], 0, 4096), 'q\0s', '('];
    for (let i = 0; i < 9; i++) large.push(text(`${i}`), 'h\0');
    expect(failure(checkpoint(pickle(...large, 'u'), new Uint8Array(4 * 4096)))).toContain('over 4 times');
  });

  it('that change a shape after use do not change the tensor', () => {
    const global = (name: string) => `c${name}\n`;
    const main = pickle(
      ...['}', text('w'), global('torch._utils\n_rebuild_tensor_v2'), '((', text('storage')],
      ...[global('torch\nFloatStorage'), text('0'), text('cpu'), int(4), 'tQ', int(0), ']q\x01', int(4), 'a'],
      ...[int(1), '\x85\x89NtRsh\x01', int(99), 'a0'.slice(0, 1), text('x'), '\x86'],
    );
    // What is left on top is a tuple, so the file is refused; the point is that nothing else goes wrong.
    expect(failure(checkpoint(main))).toContain('expected a dict of tensors');
  });

  it('neither nest, nor share, nor repeat their way into a hang', () => {
    const start = performance.now();
    const deep = Array(200_000).fill(']').join('') + Array(199_999).fill('a').join('');
    expect(run(deep)).toContain('holds an array of 1');
    const laughs = Array.from(
      { length: 200 },
      (_, i) => `(${`h${String.fromCharCode(i)}`.repeat(50)}tq${String.fromCharCode(i + 1)}`,
    );
    expect(run('Nq\0', ...laughs)).toContain('holds an array of 50');
    expect(run('N'.repeat(1_000_001))).toContain('over 1000000 instructions');
    expect(run('('.repeat(999_000))).toContain('takes from an empty stack');
    const wide = [']q\0(', 'N'.repeat(100_000), 'e', 'ccollections\nOrderedDict\nh\0\x85R'];
    expect(run(...wide)).toContain('an odd call');
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('numbers of any size are read', () => {
    const wrapped = (...value: Parameters<typeof pickle>) =>
      readPyTorch(
        checkpoint(
          pickle('}(', text('epoch'), ...value, text('model'), '}', text('w'), tensor([4], [1]), 'su'),
        ),
      ).tensors.size;
    expect(wrapped('\x8a\x00')).toBe(1);
    expect(wrapped('\x8a\xff', '\x80'.repeat(255))).toBe(1);
    expect(wrapped('G\x7f\xf8\0\0\0\0\0\0')).toBe(1);
    expect(wrapped('J\xff\xff\xff\xff')).toBe(1);
    expect(wrapped('M\xff\xff')).toBe(1);
    expect(wrapped('U\x01a')).toBe(1);
    expect(wrapped('(NNN\x87\x86t'.replace('\x86t', 't'))).toBe(1);
  });
});
