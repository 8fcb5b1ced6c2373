import { checkNumber, checkOptions } from '../../arguments.ts';
import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';

/** Settings of AdamW (Loshchilov & Hutter 2019). */
export interface AdamWOptions {
  readonly learningRate: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** PyTorch's defaults. */
const ADAMW: AdamWOptions = { learningRate: 1e-3, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 };

/** AdamW's settings, those not given as PyTorch has them. */
export function checkOptimizer(given: Partial<AdamWOptions> | undefined): AdamWOptions {
  const { learningRate, betas, epsilon, weightDecay } = {
    ...ADAMW,
    ...checkOptions<AdamWOptions>(given, ['learningRate', 'betas', 'epsilon', 'weightDecay']),
  };
  checkNumber('The learning rate', learningRate, (x) => x >= 0, 'a number of 0 or more');
  checkNumber('The epsilon', epsilon, (x) => x > 0, 'a number above 0');
  checkNumber('The weight decay', weightDecay, (x) => x >= 0, 'a number of 0 or more');
  if (!Array.isArray(betas) || betas.length !== 2) {
    throw new HashformerError('argument', `The betas must be two numbers, but are ${show(betas)}.`);
  }
  for (const beta of betas) checkNumber('A beta', beta, (x) => x >= 0 && x < 1, 'a number from 0 to below 1');
  return { learningRate, betas, epsilon, weightDecay };
}
