import { describe, expect, it } from 'vitest';
import { mergeShards, parseShardIndex } from '../../src/formats/shards.ts';
import type { StoredTensor, WeightFile } from '../../src/formats/stored-tensor.ts';
import { attempt, errorOf, generator } from './generator.ts';

const A = 'model-00001-of-00002.safetensors';
const B = 'model-00002-of-00002.safetensors';
const json = { metadata: { total_size: 12 }, weight_map: { x: A, y: B, z: A } };

function shard(names: string[], metadata: Record<string, string> = {}): WeightFile {
  const stored = (): StoredTensor => ({ dtype: 'F32', shape: [1], data: new Uint8Array(4) });
  return { tensors: new Map(names.map((name) => [name, stored()])), metadata };
}

describe('parseShardIndex', () => {
  it('lists the files once each, and where each tensor is', () => {
    const { files, tensorFile } = parseShardIndex(json);
    expect(files).toEqual([A, B]);
    expect([...tensorFile]).toEqual([
      ['x', A],
      ['y', B],
      ['z', A],
    ]);
  });

  it.each([undefined, null, 1, 'x', [], {}, { weight_map: null }, { weight_map: [A] }, { weight_map: {} }])(
    'refuses %j',
    (value) => {
      expect(errorOf(() => parseShardIndex(value), 'weights').message).toContain('must have a "weight_map"');
    },
  );

  it.each([
    '../secret',
    '..',
    '.',
    '',
    '/etc/passwd',
    'a/b',
    'a\\b',
    'C:x',
    'https://example.org/x',
    'x?y',
    '%2e%2e',
    'a\0',
    'a\n',
    ' a',
    'x'.repeat(300),
    1,
    null,
    {},
  ])('refuses the file name %j', (name) => {
    expect(errorOf(() => parseShardIndex({ weight_map: { x: name } }), 'weights').message).toContain(
      'plain name',
    );
  });

  it('keeps a tensor named __proto__', () => {
    const { tensorFile } = parseShardIndex(JSON.parse(`{"weight_map":{"__proto__":"${A}"}}`));
    expect(tensorFile.get('__proto__')).toBe(A);
  });
});

describe('mergeShards', () => {
  const index = parseShardIndex(json);
  const merge = (a: WeightFile | undefined, b: WeightFile) => {
    const read = new Map([[B, b]]);
    if (a) read.set(A, a);
    return mergeShards(index, read);
  };
  const failure = (a: WeightFile | undefined, b: WeightFile) => errorOf(() => merge(a, b), 'weights').message;

  it('gathers the tensors, and the metadata without the checksums', () => {
    const { tensors, metadata } = merge(
      shard(['x', 'z'], { format: 'pt', checksum: 'xxh64:1' }),
      shard(['y'], { checksum: 'xxh64:2' }),
    );
    expect([...tensors.keys()]).toEqual(['x', 'z', 'y']);
    expect(metadata).toEqual({ format: 'pt' });
  });

  it('tells what is missing, misplaced or not listed', () => {
    expect(failure(undefined, shard(['y']))).toContain(`names the file "${A}", which is missing`);
    expect(failure(shard(['x']), shard(['y']))).toContain(`"${A}": that lacks the tensor "z"`);
    expect(failure(shard(['x', 'z']), shard([]))).toContain(`"${B}": that lacks the tensor "y"`);
    expect(failure(shard(['x', 'z']), shard(['y', 'x']))).toContain(`the tensor "x", expected in "${A}"`);
    expect(failure(shard(['x', 'z', 'w']), shard(['y']))).toContain('the tensor "w", which is not listed');
  });

  it('answers with an error of ours, whatever the JSON', () => {
    const random = generator(3);
    const odd = [null, 0, '', A, 'a/b', [], [A], {}, { x: 1 }, { weight_map: 1 }];
    for (let i = 0; i < 500; i++) {
      const map = Object.fromEntries(
        Array.from({ length: random(4) }, (_, k) => [k, odd[random(odd.length)]]),
      );
      const index = { weight_map: random(4) ? map : odd[random(odd.length)] };
      expect(attempt(() => mergeShards(parseShardIndex(index), new Map()), 'weights')).toBeUndefined();
    }
  });
});
