import { expect, it } from 'vitest';
import { EarlyStopping } from '../../src/train/run/early-stopping.ts';

const run = (stopping: EarlyStopping, metrics: readonly number[]) =>
  metrics.map((metric) => {
    const { improved, stop } = stopping.update(metric);
    return `${improved ? '+' : '-'}${stop ? '!' : ''}`;
  });

it('stops after as many evaluations without an improvement as it has patience', () => {
  const accuracy = new EarlyStopping({ patience: 2, higherIsBetter: true });
  expect(run(accuracy, [0.5, 0.6, 0.6, 0.7, 0.7, 0.65])).toEqual(['+', '+', '-', '+', '-', '-!']);
  const loss = new EarlyStopping({ patience: 1, higherIsBetter: false });
  expect(run(loss, [3, 2, 2.5])).toEqual(['+', '+', '-!']);
});

it('takes only what is more than the minimum delta for an improvement', () => {
  const options = { patience: 9, minimumDelta: 0.25, higherIsBetter: true };
  expect(run(new EarlyStopping(options), [1, 1.25, 1.5, 1.5])).toEqual(['+', '-', '+', '-']);
});

it('takes no NaN for an improvement, and a number after NaN for one', () => {
  const options = { patience: 2, higherIsBetter: true };
  expect(run(new EarlyStopping(options), [Number.NaN, -1, Number.NaN, Number.NaN])).toEqual([
    '-',
    '+',
    '-',
    '-!',
  ]);
});

it('goes on from its state, through JSON', () => {
  const options = { patience: 3, higherIsBetter: false };
  const metrics = [5, 4, 4.5, 4.2, 3.9, 4, 4, 4];
  const unbroken = run(new EarlyStopping(options), metrics);
  for (let cut = 0; cut <= metrics.length; cut++) {
    const first = new EarlyStopping(options);
    const before = run(first, metrics.slice(0, cut));
    const second = new EarlyStopping(options, JSON.parse(JSON.stringify(first.state)));
    expect([...before, ...run(second, metrics.slice(cut))]).toEqual(unbroken);
  }
});
