import type { HashFormerConfig } from '../../architecture/config.ts';
import type { Head } from '../../architecture/heads.ts';
import type { Weight } from '../../architecture/tensor-spec.ts';
import { adapterOf } from '../../backend/backends.ts';
import { HashformerError } from '../../errors.ts';
import { countOf, toFloat64 } from '../../formats/elements.ts';
import type { Created } from '../../model/create.ts';
import { HashFormer } from '../../model/hashformer.ts';
import { tensorName } from '../../model/layout.ts';
import type { ModelFiles } from '../../model/model-files.ts';
import type { Weights } from '../../model/weights.ts';
import type { Tier } from '../../runtime/tier.ts';
import { show } from '../../show.ts';
import { Tensor } from '../../tensor.ts';
import type { Text } from '../../tokenizer/text.ts';
import type { Sequence } from '../../tokenizer/tokenizer.ts';
import { Random } from '../numeric/random.ts';
import { type Prepared, prepareModel } from '../prepare.ts';
import type { AdamWOptions } from './adamw.ts';
import { instantiateTraining } from './instantiate-training.ts';
import type { MicroBatch } from './micro-batch.ts';
import { rateAt, type Schedule } from './schedule.ts';
import { type ParameterKind, TrainingBackend } from './training-module.ts';

/** How weights are changed, whatever the objective. */
export interface LearnerOptions {
  readonly tier?: Tier | undefined;
  /** Of fresh heads and of dropout: an unsigned 32-bit number. */
  readonly seed: number;
  /** Share of numbers that are dropped; default: config.json's hidden_dropout_prob, else 0. */
  readonly dropout?: number | undefined;
  readonly optimizer: AdamWOptions;
  readonly schedule?: Schedule | undefined;
  readonly clipNorm?: number | undefined;
  readonly recompute?: boolean | undefined;
  /** Which of several workers this is: each drops other numbers. */
  readonly rank?: number | undefined;
}

/** Where an optimiser stands, beside its tensors. */
export interface LearnerState {
  /** Updates made. */
  step: number;
  /** β1^step and β2^step. */
  powers: [number, number];
}

/** What an update did. */
export interface Update {
  readonly learningRate: number;
  /** L2 norm of all gradients before clipping. */
  readonly gradientNorm: number;
}

/** What config.json says of dropout, in the field's name for it. */
function dropoutOf({ hidden_dropout_prob }: HashFormerConfig): number {
  const rate = hidden_dropout_prob ?? 0;
  if (typeof rate === 'number' && rate >= 0 && rate < 1) return rate;
  throw new HashformerError(
    'config',
    `config.json: "hidden_dropout_prob" must be a number from 0 to below 1, but is ${show(rate)}.`,
  );
}

/** A model whose weights change: gradients add up over batches until an update. */
export class Learner {
  readonly config: HashFormerConfig;
  readonly backend: TrainingBackend;
  /** Heads that the model did not have, and so begin with random weights. */
  readonly fresh: readonly Head[];
  /** The model with the current weights; it computes in the same memory. */
  readonly model: HashFormer;
  readonly #options: LearnerOptions;
  readonly #prepared: Prepared;
  readonly #dropout: number;
  readonly #random: Random;
  #state: LearnerState = { step: 0, powers: [1, 1] };
  /** Batches since the last update. */
  #batches = 0;

  private constructor(backend: TrainingBackend, prepared: Prepared, options: LearnerOptions) {
    this.backend = backend;
    this.config = prepared.config;
    this.fresh = prepared.fresh;
    this.#prepared = prepared;
    this.#options = options;
    this.#dropout = options.dropout ?? dropoutOf(prepared.config);
    this.#random = new Random(options.seed).fork(`dropout ${options.rank ?? 0}`);
    this.model = HashFormer.over(this.#created());
  }

  /**
   * @param change what the model's config.json becomes
   * @param heads those that are trained; a head that the model lacks starts afresh
   * @throws HashformerError as HashFormer.load()
   */
  static async create(
    files: ModelFiles,
    change: (config: HashFormerConfig) => HashFormerConfig,
    heads: readonly Head[],
    options: LearnerOptions,
  ): Promise<Learner> {
    const { exports, tier } = await instantiateTraining(options.tier);
    const prepared = await prepareModel(exports, files, change, heads, options.seed);
    const { config, weights, hasher } = prepared;
    const backend = new TrainingBackend(exports, tier, config, weights, hasher, options.recompute ?? false);
    return new Learner(backend, prepared, options);
  }

  /** Weights are read from the module when they are asked for, so that save() writes the current ones. */
  #created(): Created {
    const { config, layout, skipped, tokenizer, assemble } = this.#prepared;
    const specs = this.backend.specs;
    const read = () => this.#weights();
    const heads = new Set(specs.flatMap(({ head }) => (head === null ? [] : [head])));
    const weights: Weights = {
      get list() {
        return read();
      },
      layout,
      pooler: [],
      heads,
      skipped: [...skipped.keys()],
    };
    const backend = this.backend.inference;
    return { config, weights, backend, adapter: adapterOf('wasm', backend), tokenizer, assemble };
  }

  #weights(): Weight[] {
    return this.backend.specs.map((spec) => {
      const { buffer } = this.backend.read(spec, 'weight');
      const tensor = { dtype: 'F32' as const, shape: [...spec.shape], data: new Uint8Array(buffer) };
      return { spec, tensor, scale: null };
    });
  }

  /**
   * Forward and backward pass of a batch.
   *
   * @returns scale · Σ loss of each goal
   * @throws HashformerError `numeric`: a loss is not finite; the gradients are cleared. `memory`, `disposed`
   */
  accumulate({ batch, goals, replacements }: MicroBatch): number[] {
    const { step } = this.#state;
    const seed = this.#random.fork(`step ${step}, batch ${this.#batches++}`).next();
    const losses = this.backend.accumulate(batch, goals, { rate: this.#dropout, seed }, replacements);
    if (!losses.every(Number.isFinite)) {
      this.#forget();
      throw new HashformerError(
        'numeric',
        `The loss is not finite at step ${step + 1}: try a lower learning rate, a longer warm-up or clipping ` +
          'of the gradients, and look for labels that are far too large.',
      );
    }
    return losses;
  }

  /** One step of the optimiser at the current rate; clears the gradients. */
  update(): Update {
    const { optimizer, schedule, clipNorm } = this.#options;
    const { step, powers } = this.#state;
    const gradientNorm = this.backend.gradientNorm();
    if (!Number.isFinite(gradientNorm)) {
      this.#forget();
      throw new HashformerError(
        'numeric',
        `The gradients are not finite at step ${step + 1}: try a lower learning rate or a longer warm-up.`,
      );
    }
    if (clipNorm !== undefined && gradientNorm > clipNorm)
      this.backend.scaleGradients(clipNorm / gradientNorm);
    const learningRate = optimizer.learningRate * (schedule === undefined ? 1 : rateAt(schedule, step));
    const grown: [number, number] = [powers[0] * optimizer.betas[0], powers[1] * optimizer.betas[1]];
    this.backend.update({ ...optimizer, learningRate }, grown);
    this.#state = { step: step + 1, powers: grown };
    this.#forget();
    return { learningRate, gradientNorm };
  }

  /** Gradients start anew. */
  #forget(): void {
    this.backend.clearGradients();
    this.#batches = 0;
  }

  /** A text as the model reads it. */
  assemble(text: Text): Sequence {
    return this.model.assemble(text);
  }

  /** Numbers that are trained. */
  get parameterCount(): number {
    const sizes = this.backend.specs.map(({ shape }) => countOf(shape));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  get state(): LearnerState {
    return structuredClone(this.#state);
  }

  /** Weights, gradients or moments, by the reference's names of the parameters. */
  tensors(kind: ParameterKind): Record<string, Tensor> {
    return Object.fromEntries(
      this.backend.specs.map((spec) => {
        const tensor = new Tensor(this.backend.read(spec, kind), [...spec.shape]);
        return [tensorName(spec, 'reference'), tensor];
      }),
    );
  }

  /** The same of what the file holds beside them: heads that no loss reaches, whose gradients and moments are zero. */
  unreached(kind: ParameterKind): Record<string, Tensor> {
    const found = [...this.#prepared.skipped].filter(([, { dtype }]) =>
      ['F32', 'F16', 'BF16'].includes(dtype),
    );
    return Object.fromEntries(
      found.map(([name, tensor]) => {
        const numbers = Float32Array.from(toFloat64(tensor, null));
        return [name, new Tensor(kind === 'weight' ? numbers : numbers.fill(0), [...tensor.shape])];
      }),
    );
  }

  /**
   * Goes on from a state and tensors that were taken from an equal model.
   *
   * @throws HashformerError `weights`: a tensor is missing or of another size
   */
  restore(
    state: LearnerState,
    kind: ParameterKind,
    tensors: Readonly<Record<string, Pick<Tensor, 'data'>>>,
  ): void {
    for (const spec of this.backend.specs) {
      const name = tensorName(spec, 'reference');
      const data = tensors[name]?.data;
      const count = countOf(spec.shape);
      if (data?.length !== count) {
        throw new HashformerError(
          'weights',
          `The checkpoint's tensor "${name}" must have ${count} numbers, but has ${data?.length ?? 'none'}.`,
        );
      }
      this.backend.write(spec, kind, data);
    }
    this.#state = structuredClone(state);
  }

  dispose(): void {
    this.model.dispose();
    this.backend.dispose();
  }
}
