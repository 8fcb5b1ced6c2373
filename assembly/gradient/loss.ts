// Losses stand between a head's two passes. Each takes one row of a head's output and of TARGETS, writes the gradient
// of `scale` times the row's loss to dLogits, and gives the row's loss; the host's scale makes a mean of the sum.

import {
  BINARY_CROSS_ENTROPY, CENTRED_SQUARED_ERROR, COSINE, CROSS_ENTROPY, IGNORED_LABEL, SOFT_CROSS_ENTROPY,
  SQUARED_ERROR, TARGETS
} from '../abi';
import { headOut, region } from '../batch';
import { dLogits } from './activations';
import { outputRows, outputStep, outputWidth } from './head';
import { binaryCrossEntropy } from './loss/binary_cross_entropy';
import { cosine } from './loss/cosine';
import { crossEntropy, softCrossEntropy } from './loss/cross_entropy';
import { squaredError } from './loss/squared_error';

/**
 * The loss of what the head at hand put out.
 *
 * TARGETS holds, a row of output: for CROSS_ENTROPY one i32, the label or IGNORED_LABEL, and then, where `weighted`, one
 * f32 a label, its weight; else as many f32 as a row has numbers.
 *
 * @param scale what each row's loss counts for
 * @param temperature what logits are divided by (SOFT_CROSS_ENTROPY)
 * @returns scale · Σ loss, in f64
 */
export function loss(kind: i32, scale: f32, temperature: f32, weighted: bool): f64 {
  const outBytes = <usize>outputStep << 2, targetBytes = <usize>outputWidth << 2;
  const weights = region(TARGETS) + (<usize>outputRows << 2);
  let total: f64 = 0;
  let target = region(TARGETS);
  memory.fill(dLogits, 0, <usize>outputRows * outBytes);
  for (let i = 0, row = headOut, out = dLogits; i < outputRows; i++, row += outBytes, out += outBytes) {
    if (kind == CROSS_ENTROPY) {
      const label = load<i32>(target);
      target += 4;
      if (label == IGNORED_LABEL) continue;
      const weight: f32 = weighted ? load<f32>(weights + (<usize>label << 2)) : 1;
      total += crossEntropy(row, outputWidth, label, scale * weight, out) * <f64>weight;
      continue;
    }
    if (kind == SOFT_CROSS_ENTROPY) total += softCrossEntropy(row, outputWidth, target, temperature, scale, out);
    else if (kind == BINARY_CROSS_ENTROPY) total += binaryCrossEntropy(row, outputWidth, target, scale, out);
    else if (kind == COSINE) total += cosine(row, outputWidth, target, scale, out);
    else total += squaredError(row, outputWidth, target, kind == CENTRED_SQUARED_ERROR, scale, out);
    target += targetBytes;
  }
  return total * <f64>scale;
}
