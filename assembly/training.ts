// The ABI of the training module: all of the inference module's, and behind that, in the order of a step, what trains
// the model. docs/abi.md tells the same in prose.

import { allocate, padded } from './arena';
import { headOut, rowCount } from './batch';
import { embedBackward, embedKeeping } from './gradient/embedding';
import { encodeBackward, encodeKeeping } from './gradient/encoder';
import { setZeroBias } from './gradient/gemm';
import { dHidden } from './gradient/activations';
import { createGradients } from './gradient/parameters';
import { hiddenRowBytes } from './model';

export * from './inference';
export { prepareTraining } from './gradient/activations';
export { setDropout } from './gradient/dropout';
export { backwardHead, forwardHead } from './gradient/head';
export { loss } from './gradient/loss';
export {
  clearGradients, gradientBytes, gradientData, gradientSquares, scaleGradients, updateParameters
} from './gradient/parameters';
export { copyBias, copyLinearRows, copyTableRows } from './gradient/tensors';

/**
 * Call once, after finish(): makes room for gradients and moments.
 *
 * @param widest the widest row of activations or scores: a linear layer's inputs, or the longest sequence
 */
export function beginTraining(widest: i32): bool {
  const zeros = allocate(<u64>padded(widest) << 2);
  setZeroBias(zeros);
  return zeros != 0 && createGradients();
}

/** The forward pass of the batch that prepare(), prepareTraining() and hashing have made ready. */
export function forward(): void {
  embedKeeping();
  encodeKeeping();
  memory.fill(dHidden, 0, <usize>rowCount * hiddenRowBytes());
}

/** The backward pass, when all heads had theirs: adds to the gradients of all parameters. */
export function backward(): void {
  encodeBackward();
  embedBackward();
}

/** Logits, or vectors, of the head at hand: rows are padded to whole panels of 16 numbers. */
export function headOutput(): usize {
  return headOut;
}
