import { describe, expect, it } from 'vitest';
import { readPyTorch } from '../../src/formats/pytorch.ts';
import { checkpoint, int, pickle, tensor, text } from './archive.ts';
import { attempt, errorOf, generator } from './generator.ts';

const failure = (bytes: Uint8Array) => errorOf(() => readPyTorch(bytes, 'x.bin'), 'weights').message;

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
    const times = (count: number) => {
      const names = Array.from({ length: count }, (_, i) => [text(`${i}`), 'h\0']).flat();
      const main = pickle('}', text('x'), tensor([64, 64], [1, 64], 0, 4096), 'q\0s(', ...names, 'u');
      return checkpoint(main, new Uint8Array(4 * 4096));
    };
    expect(readPyTorch(times(2)).tensors.size).toBe(3);
    expect(failure(times(9))).toContain('over 4 times its size in memory');
  });

  it('that change a shape after its use do not change the tensor', () => {
    const main = pickle(
      ...['}(', text('model'), '}', text('w'), 'ctorch._utils\n_rebuild_tensor_v2\n', '((', text('storage')],
      ...['ctorch\nFloatStorage\n', text('0'), text('cpu'), int(4), 'tQ', int(0)],
      ...[']q\x01', int(4), 'a', int(1), '\x85\x89NtRs'],
      ...[text('extra'), 'h\x01', int(99), 'au'],
    );
    expect(readPyTorch(checkpoint(main)).tensors.get('w')!.shape).toEqual([4]);
  });

  it('neither nest, nor share, nor repeat their way into a hang', () => {
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
  });

  it('answer with a file or an error of ours, whatever the instructions', () => {
    const random = generator(5);
    const instructions = [
      ...[
        '(',
        'N',
        '\x88',
        ')',
        ']',
        '}',
        '\x85',
        '\x86',
        '\x87',
        't',
        'a',
        'e',
        's',
        'u',
        'b',
        'R',
        'Q',
        'q\0',
      ],
      ...['q\x01', 'h\0', 'h\x01', 'K\x02', 'ccollections\nOrderedDict\n', 'ctorch\nFloatStorage\n'],
      ...['ctorch._utils\n_rebuild_tensor_v2\n', 'ctorch._utils\n_rebuild_parameter\n'],
      ...[
        text('storage'),
        text('0'),
        text('model'),
        int(4),
        int(0),
        tensor([4], [1]),
        tensor([2, 2], [1, 2]),
      ],
    ];
    let read = 0;
    for (let i = 0; i < 5000; i++) {
      const parts = Array.from({ length: 1 + random(12) }, () => instructions[random(instructions.length)]!);
      const bytes = checkpoint(
        pickle('}', ...(random(2) ? [text('w'), tensor([4], [1]), 's'] : []), ...parts),
      );
      if (attempt(() => readPyTorch(bytes), 'weights')) read++;
    }
    expect(read).toBeGreaterThan(0);
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
    expect(wrapped('(NNN\x87t')).toBe(1);
  });
});
