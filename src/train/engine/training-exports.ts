import type { Exports } from '../../wasm/exports.ts';

/** Exports of the training module, beside those of inference; assembly/training.ts says what each does. */
export interface TrainingExports extends Exports {
  beginTraining(widest: number): number;
  prepareTraining(
    longest: number,
    headWidth: number,
    targetBytes: number,
    targetRows: number,
    recompute: boolean,
  ): number;
  setDropout(rate: number, seed: number): void;
  forward(): void;
  forwardHead(head: number, pooling: number, targets: number, dropsInput: boolean): void;
  headOutput(): number;
  loss(kind: number, scale: number, temperature: number, weighted: boolean): number;
  backwardHead(): void;
  backward(): void;
  clearGradients(): void;
  gradientData(): number;
  gradientBytes(): number;
  gradientSquares(): number;
  scaleGradients(factor: number): void;
  updateParameters(
    rate: number,
    decay: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    firstCorrection: number,
    secondCorrection: number,
  ): void;
  copyTableRows(
    slot: number,
    layer: number,
    kind: number,
    first: number,
    count: number,
    data: number,
    writes: boolean,
  ): void;
  copyLinearRows(
    slot: number,
    layer: number,
    part: number,
    kind: number,
    first: number,
    count: number,
    data: number,
    writes: boolean,
  ): void;
  copyBias(
    slot: number,
    layer: number,
    part: number,
    kind: number,
    count: number,
    data: number,
    writes: boolean,
  ): void;
}
