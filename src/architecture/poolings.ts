import * as abi from '../../assembly/abi.ts';

/** How the hidden states of a sequence become one vector: that of its first token, their mean, or their maximum. */
export const POOLINGS = ['cls', 'mean', 'max'] as const;
export type Pooling = (typeof POOLINGS)[number];

/** Numbers of the poolings in the wasm module. */
export const POOLING = {
  cls: abi.CLS,
  mean: abi.MEAN,
  max: abi.MAX,
} as const satisfies Record<Pooling, number>;
