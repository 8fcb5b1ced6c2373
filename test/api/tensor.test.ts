import { describe, expect, it } from 'vitest';
import { Tensor } from '../../src/tensor.ts';
import { load, tinyModel } from '../helpers.ts';

describe('a tensor', () => {
  it('has its numbers in lists, as deep as its shape is long', () => {
    const data = Float32Array.from({ length: 12 }, (_, i) => i / 4);
    expect(new Tensor(data, [12]).tolist()).toEqual([...data]);
    expect(new Tensor(data, [3, 4]).tolist()).toEqual([
      [0, 0.25, 0.5, 0.75],
      [1, 1.25, 1.5, 1.75],
      [2, 2.25, 2.5, 2.75],
    ]);
    expect(new Tensor(data, [2, 2, 3]).tolist()).toEqual([
      [
        [0, 0.25, 0.5],
        [0.75, 1, 1.25],
      ],
      [
        [1.5, 1.75, 2],
        [2.25, 2.5, 2.75],
      ],
    ]);
    expect(new Tensor(new Float32Array(), [0, 4]).tolist()).toEqual([]);
    expect(new Tensor(new Float32Array(), [2, 0]).tolist()).toEqual([[], []]);
  });

  it('is a list a text of rows where it is ragged', () => {
    const data = Float32Array.from([1, 2, 3, 4, 5, 6]);
    expect(new Tensor(data, [3, 2], Uint32Array.of(0, 1, 1, 3)).tolist()).toEqual([
      [[1, 2]],
      [],
      [
        [3, 4],
        [5, 6],
      ],
    ]);
  });

  it('is taken apart, cloned, sent and written as an object of its fields', async () => {
    const model = await load(tinyModel());
    const pooled = await model.encode(['a', 'b c'], { pooling: 'mean' });
    const { data, shape, ...rest } = pooled;
    expect([data.length, shape, rest]).toEqual([60, [2, 30], {}]);
    expect(pooled.dims).toBe(shape);
    expect(Object.keys(pooled)).toEqual(['data', 'shape']);
    const hidden = await model.encode(['a', 'b c']);
    expect({ ...hidden }).toEqual({ data: hidden.data, shape: [7, 30], offsets: Uint32Array.of(0, 3, 7) });
    expect(hidden.tolist().map((rows) => rows.map((row) => row.length))).toEqual([
      [30, 30, 30],
      [30, 30, 30, 30],
    ]);
    const clone = structuredClone(hidden);
    expect(clone).toEqual({ ...hidden });
    expect(Object.keys(JSON.parse(JSON.stringify(pooled)))).toEqual(['data', 'shape']);
    // What another thread sent is as good.
    const logits = await model.logits(['a']);
    const { signal } = new AbortController();
    expect(await model.logits(['a'], { signal })).toEqual(logits);
    expect(await model.probabilities(structuredClone(logits), 'softmax')).toEqual(
      await model.probabilities(logits, 'softmax'),
    );
  });
});
