// The losses in float64, as papers and PyTorch have them.

import { dot, softmax, type Vector } from '../../src/backend/float64.ts';
import type { Goal } from '../../src/train/engine/micro-batch.ts';

const IGNORED = -100;

const average = (x: Vector) => x.reduce((sum, value) => sum + value, 0) / x.length;

/** One row's loss; its label, or as many numbers as it has. */
function rowLoss({ loss, labelWeights, temperature = 1 }: Goal, row: Vector, target: Vector): number {
  const sigmoid = row.map((x) => 1 / (1 + Math.exp(-x)));
  switch (loss) {
    case 'cross-entropy': {
      const label = target[0]!;
      if (label === IGNORED) return 0;
      return -Math.log(softmax(row)[label]!) * (labelWeights?.[label] ?? 1);
    }
    case 'soft-cross-entropy': {
      const p = softmax(row.map((x) => x / temperature));
      const q = softmax(target.map((x) => x / temperature));
      return temperature ** 2 * q.reduce((sum, value, i) => sum + value * Math.log(value / p[i]!), 0);
    }
    case 'binary-cross-entropy':
      return average(sigmoid.map((p, i) => -target[i]! * Math.log(p) - (1 - target[i]!) * Math.log(1 - p)));
    case 'squared-error':
      return average(row.map((x, i) => (x - target[i]!) ** 2));
    case 'centred-squared-error': {
      const [a, b] = [average(row), average(target)];
      return average(row.map((x, i) => (x - a - (target[i]! - b)) ** 2));
    }
    case 'cosine':
      return 1 - dot(row, target) / Math.sqrt(dot(row, row) * dot(target, target));
  }
}

/** scale · Σ loss over a head's rows. */
export function lossOf(goal: Goal, rows: readonly Vector[]): number {
  const width = goal.loss === 'cross-entropy' ? 1 : rows[0]!.length;
  const losses = rows.map((row, i) =>
    rowLoss(goal, row, Float64Array.from(goal.targets.subarray(i * width, (i + 1) * width))),
  );
  return goal.scale * losses.reduce((sum, loss) => sum + loss, 0);
}
