import * as abi from '../../../assembly/abi.ts';
import { architectureOf, type HashFormerConfig } from '../../architecture/config.ts';
import { HEAD } from '../../architecture/heads.ts';
import { POOLING } from '../../architecture/poolings.ts';
import type { TensorSpec, Weight } from '../../architecture/tensor-spec.ts';
import type { Batch } from '../../backend/backend.ts';
import { BATCH_ROWS, longestOf, WasmBackend } from '../../backend/wasm-backend.ts';
import type { PieceHasher } from '../../backend/wasm-hasher.ts';
import { HashformerError } from '../../errors.ts';
import { countOf } from '../../formats/elements.ts';
import { convertWeight } from '../../model/quantize.ts';
import type { Tier } from '../../runtime/tier.ts';
import { enough, WasmMemory } from '../../wasm/memory.ts';
import type { AdamWOptions } from './adamw.ts';
import { type Goal, LOSSES, type MicroBatch, type Replacement } from './micro-batch.ts';
import type { TrainingExports } from './training-exports.ts';

/** Bytes of a tensor that are copied at a time. */
const CHUNK = 1 << 20;

/** Numbers that rows of a head's output are padded to a multiple of. */
const PANEL = 16;

const KINDS = {
  weight: abi.WEIGHT,
  gradient: abi.GRADIENT,
  first: abi.FIRST_MOMENT,
  second: abi.SECOND_MOMENT,
} as const;

/** What belongs to each parameter: its weight, its gradient, AdamW's two moments. */
export type ParameterKind = keyof typeof KINDS;

/** What a head puts out, row by row, and how far that is from a goal: scale · Σ loss. */
export interface Judgement {
  readonly loss: number;
  readonly output: Float32Array;
}

interface Dropout {
  readonly rate: number;
  readonly seed: number;
}

/**
 * A model in the training module: the inference backend over the same instance, and what trains it. Calls are
 * synchronous; a step is forward and backward passes, any number of them, and one update.
 */
export class TrainingBackend {
  /** Computes with the current weights. */
  readonly inference: WasmBackend;
  readonly config: HashFormerConfig;
  readonly #specs: readonly TensorSpec[];
  #instance: TrainingExports | null;
  readonly #recompute: boolean;

  /**
   * @param wasm a fresh instance, which the backend owns from now on
   * @param weights tensors of the encoder and of the heads that are trained
   * @param recompute keep only what goes into each layer and compute the rest again: less memory, a third more time
   * @throws HashformerError `config` (pooling that has no gradient here), `weights`, `memory`
   */
  constructor(
    wasm: TrainingExports,
    tier: Tier,
    config: HashFormerConfig,
    weights: readonly Weight[],
    pieces: PieceHasher | undefined,
    recompute: boolean,
  ) {
    this.config = config;
    this.#instance = wasm;
    this.#specs = weights.map(({ spec }) => spec);
    if (config.pooling === 'max' && this.#specs.some(({ head }) => head === 'sentence')) {
      throw new HashformerError(
        'config',
        'config.json: "pooling" must be "cls" or "mean" for a model whose sentence vectors are trained, but is "max".',
      );
    }
    this.#recompute = recompute;
    const floats = weights.map((weight) =>
      weight.tensor.dtype === 'F32' ? weight : convertWeight(weight, 'f32'),
    );
    this.inference = new WasmBackend({ wasm, tier, config, weights: floats, pieces }, BATCH_ROWS);
    const widest = Math.max(
      config.intermediate_size,
      // Attention heads are padded one by one.
      config.hidden_size + 16 * config.num_attention_heads,
      config.embedding_size,
      config.max_position_embeddings,
    );
    enough(wasm.beginTraining(widest));
  }

  get memoryBytes(): number {
    return this.inference.memoryBytes;
  }

  /** The instance, which is gone when the model over it was disposed of. */
  get #wasm(): TrainingExports {
    if (this.#instance === null || this.inference.memoryBytes === 0) {
      throw new HashformerError('disposed', 'This trainer was disposed of; create it again to go on.');
    }
    return this.#instance;
  }

  get #memory(): WasmMemory {
    return new WasmMemory(this.#wasm);
  }

  /**
   * Forward and backward pass of one batch: adds to the gradients.
   *
   * @param dropout rate and seed of the masks
   * @returns scale · Σ loss of each goal
   */
  accumulate(
    batch: Batch,
    goals: readonly Goal[],
    dropout: Dropout,
    replacements: readonly Replacement[] = [],
  ): number[] {
    this.#forward(batch, goals, dropout, replacements);
    const losses = goals.map((goal) => {
      const loss = this.#compare(goal);
      this.#wasm.backwardHead();
      return loss;
    });
    this.#wasm.backward();
    return losses;
  }

  /** Forward pass of one batch, nothing dropped: what accumulate() would learn from. Gradients stay as they are. */
  judge({ batch, goals, replacements = [] }: MicroBatch): Judgement[] {
    this.#forward(batch, goals, { rate: 0, seed: 0 }, replacements);
    return goals.map((goal) => ({ loss: this.#compare(goal), output: this.#output(goal, batch) }));
  }

  #forward(
    batch: Batch,
    goals: readonly Goal[],
    dropout: Dropout,
    replacements: readonly Replacement[],
  ): void {
    const wasm = this.#wasm;
    const headWidth = Math.max(...goals.map(({ head }) => HEAD[head].width(this.config)));
    this.inference.prepare(batch, 0, headWidth);
    this.#replace(replacements, batch.tokens.length);
    const targetBytes = goals.map(
      ({ targets, labelWeights }) => targets.byteLength + (labelWeights?.byteLength ?? 0),
    );
    const rows = Math.max(...goals.map((goal) => goal.rows?.length ?? 0));
    enough(
      wasm.prepareTraining(
        longestOf(batch.starts),
        headWidth,
        Math.max(...targetBytes),
        rows,
        this.#recompute,
      ),
    );
    wasm.setDropout(dropout.rate, dropout.seed);
    wasm.forward();
  }

  /** What a head puts out, compared with a goal: scale · Σ loss. */
  #compare({ head, loss, targets, rows, scale, labelWeights, temperature = 1 }: Goal): number {
    const wasm = this.#wasm;
    const { pooling } = this.config;
    const address = wasm.region(abi.TARGETS);
    if (targets instanceof Int32Array) this.#memory.words(address, targets.length).set(targets);
    else this.#memory.floats(address, targets.length).set(targets);
    if (labelWeights !== undefined) {
      this.#memory.floats((address >>> 0) + targets.byteLength, labelWeights.length).set(labelWeights);
    }
    if (rows !== undefined) {
      this.#memory.words(wasm.region(abi.TARGET_ROWS), rows.length).set(rows);
    }
    wasm.forwardHead(
      HEAD[head].number,
      POOLING[pooling ?? 'mean'],
      rows?.length ?? 0,
      architectureOf(this.config).head_dropout === 'input_and_state',
    );
    return wasm.loss(LOSSES[loss], scale, temperature, labelWeights !== undefined);
  }

  /** The output of the head at hand, without the padding of its rows. */
  #output({ head, rows }: Goal, { ids, starts }: Batch): Float32Array {
    const width = HEAD[head].width(this.config);
    const step = Math.ceil(width / PANEL) * PANEL;
    const count = rows?.length ?? (HEAD[head].perToken ? ids.length : starts.length - 1);
    const padded = this.#memory.floats(this.#wasm.headOutput(), count * step);
    const output = new Float32Array(count * width);
    for (let i = 0; i < count; i++) output.set(padded.subarray(i * step, i * step + width), i * width);
    return output;
  }

  #replace(replacements: readonly Replacement[], tokens: number): void {
    const wasm = this.#wasm;
    for (const replacement of replacements) {
      const { index } = replacement;
      if ('code' in replacement) {
        this.#memory.bytes((wasm.region(abi.CODES) >>> 0) + index * 16, 16).set(replacement.code);
      } else if ('bucket' in replacement) {
        this.#memory.words(wasm.region(abi.BUCKETS), tokens)[index] = replacement.bucket;
      } else {
        const starts = this.#memory.words(wasm.region(abi.FEATURE_STARTS), tokens + 1);
        const all = this.#memory.words(wasm.region(abi.FEATURES), starts[tokens]!);
        all.set(replacement.features.subarray(0, starts[index + 1]! - starts[index]!), starts[index]);
      }
    }
  }

  /** L2 norm of all gradients together. */
  gradientNorm(): number {
    return Math.sqrt(this.#wasm.gradientSquares());
  }

  scaleGradients(factor: number): void {
    this.#wasm.scaleGradients(factor);
  }

  clearGradients(): void {
    this.#wasm.clearGradients();
  }

  /** All gradients as they lie in memory, padding included: what workers exchange. A view until the next call. */
  gradients(): Float32Array {
    return this.#memory.floats(this.#wasm.gradientData(), this.#wasm.gradientBytes() / 4);
  }

  /**
   * One step of AdamW; gradients stay.
   *
   * @param powers β1^t and β2^t, t being the number of the step, from 1
   */
  update(
    { learningRate, betas, epsilon, weightDecay }: AdamWOptions,
    powers: readonly [number, number],
  ): void {
    this.#wasm.updateParameters(
      learningRate,
      1 - learningRate * weightDecay,
      betas[0],
      betas[1],
      epsilon,
      1 / (1 - powers[0]),
      1 / Math.sqrt(1 - powers[1]),
    );
  }

  /** A tensor's weights, gradients or moments: a copy. */
  read(spec: TensorSpec, kind: ParameterKind): Float32Array {
    const data = new Float32Array(countOf(spec.shape));
    this.#copy(spec, kind, data, false);
    return data;
  }

  write(spec: TensorSpec, kind: ParameterKind, data: Float32Array): void {
    this.#copy(spec, kind, data, true);
  }

  get specs(): readonly TensorSpec[] {
    return this.#specs;
  }

  #copy(spec: TensorSpec, kind: ParameterKind, data: Float32Array, writes: boolean): void {
    const wasm = this.#wasm;
    const { slot, layer, part } = spec;
    const [rows, width] = spec.shape.length === 2 ? spec.shape : [1, spec.shape[0]!];
    const step = Math.max(1, Math.floor(CHUNK / (width! * 4)));
    for (let first = 0; first < rows!; first += step) {
      const count = Math.min(step, rows! - first);
      const numbers = data.subarray(first * width!, (first + count) * width!);
      const address = enough(wasm.stage(numbers.byteLength));
      if (writes) this.#memory.floats(address, numbers.length).set(numbers);
      if (spec.kind === 'bias') wasm.copyBias(slot, layer, part, KINDS[kind], width!, address, writes);
      else if (spec.kind === 'linear')
        wasm.copyLinearRows(slot, layer, part, KINDS[kind], first, count, address, writes);
      else wasm.copyTableRows(slot, layer, KINDS[kind], first, count, address, writes);
      if (!writes) numbers.set(this.#memory.floats(address, numbers.length));
    }
  }

  dispose(): void {
    this.inference.dispose();
    this.#instance = null;
  }
}
