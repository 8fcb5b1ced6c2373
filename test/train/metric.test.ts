import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { balancedWeights } from '../../src/train/data/class-weights.ts';
import {
  accuracy,
  confusionMatrix,
  f1Binary,
  f1Macro,
  f1Micro,
  marginals,
  matthews,
} from '../../src/train/metric/classification.ts';
import { meanSquaredError, pearson, spearman } from '../../src/train/metric/correlation.ts';
import { measure } from '../../src/train/metric/measure.ts';
import { multilabelScores } from '../../src/train/metric/multilabel.ts';
import { tokenConfusion } from '../../src/train/metric/token.ts';
import { failure } from '../helpers.ts';

const golden = JSON.parse(
  readFileSync(new URL('../golden/scikit-metrics.json', import.meta.url), 'utf8'),
) as Record<string, Record<string, never>[]>;

describe('metrics agree with scikit-learn and scipy', () => {
  it('of classes', () => {
    expect(golden.classification).toHaveLength(150);
    for (const expected of golden.classification!) {
      const confusion = confusionMatrix(expected.gold!, expected.predicted!, expected.classes!);
      expect(confusion).toEqual(expected.confusion);
      expect(accuracy(confusion)).toBeCloseTo(expected.accuracy!, 12);
      expect(f1Binary(confusion)).toBeCloseTo(expected.binary!, 12);
      expect(f1Macro(confusion)).toBeCloseTo(expected.macro!, 12);
      expect(f1Micro(confusion)).toBeCloseTo(expected.micro!, 12);
      expect(f1Micro(confusion, 0)).toBeCloseTo(expected.without_first!, 12);
      expect(matthews(confusion)).toBeCloseTo(expected.matthews!, 12);
      const weights = balancedWeights(marginals(confusion).gold);
      for (const [label, weight] of weights.entries()) {
        expect(weight).toBeCloseTo((expected.weights as unknown as Record<number, number>)[label] ?? 0, 12);
      }
    }
  });

  it('of scores', () => {
    expect(golden.regression).toHaveLength(150);
    for (const { gold, predicted, ...expected } of golden.regression!) {
      expect(pearson(gold!, predicted!)).toBeCloseTo(expected.pearson!, 9);
      expect(spearman(gold!, predicted!)).toBeCloseTo(expected.spearman!, 12);
      const error = meanSquaredError(gold!, predicted!);
      expect(Math.abs(error - expected.mse!)).toBeLessThanOrEqual(1e-12 * expected.mse!);
    }
  });

  it('of several labels', () => {
    for (const { gold, predicted, labels, ...expected } of golden.multilabel!) {
      const scores = multilabelScores(gold!, predicted!, labels!);
      expect(scores.micro).toBeCloseTo(expected.micro!, 12);
      expect(scores.macro).toBeCloseTo(expected.macro!, 12);
      expect(scores.exact).toBeCloseTo(expected.exact!, 12);
    }
  });

  it('of tokens', () => {
    for (const { gold, predicted, classes, ...expected } of golden.token!) {
      const confusion = tokenConfusion(gold!, predicted!, classes!);
      expect(accuracy(confusion)).toBeCloseTo(expected.accuracy!, 12);
      expect(f1Macro(confusion)).toBeCloseTo(expected.macro!, 12);
      expect(f1Micro(confusion, 0)).toBeCloseTo(expected.without_first!, 12);
    }
  });
});

describe('measure()', () => {
  it('gives the metrics of each task', () => {
    const two = measure('text-classification', [0, 1, 1, 0], [0, 1, 0, 0], ['no', 'yes']);
    expect(two.metrics).toEqual({
      accuracy: 0.75,
      f1: expect.closeTo(2 / 3),
      f1_macro: expect.closeTo((2 / 3 + 0.8) / 2),
      matthews: expect.closeTo(0.57735, 5),
    });
    expect(two.confusion).toEqual([
      [2, 0],
      [1, 1],
    ]);
    expect(two.notes).toEqual([]);
    const three = measure('text-classification', [0, 1, 2], [0, 1, 1], ['a', 'b', 'c']);
    expect(Object.keys(three.metrics)).toEqual(['accuracy', 'f1_macro', 'matthews']);
    expect(three.notes).toEqual(['Never predicted, so that their F1 is 0: "c".']);
    const scores = measure('regression', [1, 2, 3], [2, 4, 6], []);
    expect(scores.metrics).toEqual({
      pearson: expect.closeTo(1),
      spearman: expect.closeTo(1),
      mse: expect.closeTo(14 / 3),
    });
    const several = measure(
      'multi-label-classification',
      [
        [1, 0],
        [1, 1],
      ],
      [
        [1, 0],
        [0, 1],
      ],
      ['a', 'b'],
    );
    expect(several.metrics).toEqual({
      f1_micro: expect.closeTo(0.8),
      f1_macro: expect.closeTo(5 / 6),
      accuracy: 0.5,
    });
    const tokens = measure('token-classification', [[0, -100, 1], [2]], [[0, 1, 1], [1]], ['O', 'B', 'I']);
    expect(tokens.metrics).toEqual({
      accuracy: expect.closeTo(2 / 3),
      f1_macro: expect.closeTo((1 + 2 / 3 + 0) / 3),
      f1_micro: 0.5,
    });
  });

  it('is 0 of constant predictions, and says so', () => {
    const { metrics, notes } = measure('text-classification', [0, 1, 1], [0, 0, 0], ['no', 'yes']);
    expect(metrics).toMatchObject({ f1: 0, matthews: 0 });
    expect(notes).toEqual([
      'Every prediction is "no": Matthews correlation is 0 by definition.',
      'Never predicted, so that their F1 is 0: "yes".',
    ]);
    const scores = measure('regression', [1, 2, 3], [0.1, 0.1, 0.1], []);
    expect(scores.metrics).toMatchObject({ pearson: 0, spearman: 0 });
    expect(scores.notes).toEqual(['All predictions are the same: correlations are 0 by definition.']);
    for (const task of ['text-classification', 'regression', 'token-classification'] as const) {
      const nothing = measure(task, [], [], ['a', 'b']);
      expect(nothing.notes).toEqual(['There was nothing to evaluate: all metrics are 0.']);
      for (const value of Object.values(nothing.metrics)) expect(value).toBe(0);
    }
  });

  it('refuses what cannot be measured', async () => {
    const wrong: [() => unknown, RegExp][] = [
      [
        () => measure('text-classification', [0, 1], [0], ['a', 'b']),
        /as many predictions as labels, 2, got 1/,
      ],
      [() => measure('text-classification', [0, 2], [0, 1], ['a', 'b']), /a label of 0 to 1 .*got 2/],
      [() => measure('text-classification', [0, 1], [0, -1], ['a', 'b']), /a prediction of 0 to 1 .*got -1/],
      [() => measure('regression', [1, 2], [1, Number.NaN], []), /finite predictions, got NaN at 1/],
      [
        () => measure('multi-label-classification', [[1, 0]], [[1]], ['a', 'b']),
        /as many predictions as labels, 2, got 1/,
      ],
      [
        () => measure('token-classification', [[1, 0]], [[1]], ['a', 'b']),
        /as many predictions as labels, 2, got 1/,
      ],
    ];
    for (const [call, sentence] of wrong) expect((await failure(call, 'argument')).message).toMatch(sentence);
  });
});
