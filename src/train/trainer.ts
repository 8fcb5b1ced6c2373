import type { HashFormerConfig } from '../architecture/config.ts';
import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkTexts,
} from '../arguments.ts';
import { HashformerError } from '../errors.ts';
import { batches, toBatch } from '../model/batches.ts';
import type { HashFormer } from '../model/hashformer.ts';
import { readSource, type Source } from '../model/source.ts';
import { TIERS, type Tier } from '../runtime/tier.ts';
import type { Tensor } from '../tensor.ts';
import type { Text } from '../tokenizer/text.ts';
import { checkLabelNames } from './data/label-index.ts';
import { checkTask, type Task, type TaskName } from './data/task.ts';
import { type AdamWOptions, checkOptimizer } from './engine/adamw.ts';
import { Learner, type Update } from './engine/learner.ts';
import { checkSchedule, type Schedule } from './engine/schedule.ts';
import { configForTask } from './prepare.ts';
import { type Label, PLANS, readLabels } from './task.ts';

/** Rows of activations that are kept at once: a larger batch is computed in parts, whose gradients add up. */
const MOST_ROWS = 4096;

export interface TrainerOptions {
  /** A folder's path or address, or what is in it; as for HashFormer.load(). */
  readonly model: Source;
  readonly task: TaskName;
  /** Names of the labels (or of a regression's outputs); without them the model keeps those that it has. */
  readonly labels?: readonly string[];
  /** Share of numbers that are dropped. Default: config.json's hidden_dropout_prob, else 0. */
  readonly dropout?: number;
  /** Of fresh heads and of dropout: an unsigned 32-bit number, default 0. */
  readonly seed?: number;
  readonly tier?: Tier;
  /** AdamW's; defaults as in PyTorch: 1e-3, [0.9, 0.999], 1e-8, 0.01. Biases and LayerNorms do not decay. */
  readonly optimizer?: Partial<AdamWOptions>;
  /** Of the learning rate; default: constant. */
  readonly schedule?: Schedule;
  /** Largest L2 norm of all gradients together; default: no limit. */
  readonly clipNorm?: number;
  /** Keep less of the forward pass and compute it again: less memory, a third more time. */
  readonly recompute?: boolean;
}

const OPTIONS = [
  'model',
  'task',
  'labels',
  'dropout',
  'seed',
  'tier',
  'optimizer',
  'schedule',
  'clipNorm',
  'recompute',
] as const;

/** Texts and what each has to be. */
export interface LabelledTexts {
  readonly texts: readonly Text[];
  readonly labels: readonly Label[];
}

/** Trains a model on labelled texts, a step at a time. */
export class Trainer {
  readonly task: Task;
  readonly config: Readonly<HashFormerConfig>;
  readonly #learner: Learner;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(task: Task, learner: Learner) {
    this.task = task;
    this.config = learner.config;
    this.#learner = learner;
  }

  /**
   * Loads a model to train: all of its encoder and the head that the task needs, a fresh one where it has none or where
   * `labels` make it another.
   *
   * @throws HashformerError `argument`, or as HashFormer.load()
   */
  static async create(options: TrainerOptions): Promise<Trainer> {
    const given = checkOptions<TrainerOptions>(options, OPTIONS);
    const { model, dropout, seed = 0, tier, clipNorm, recompute = false } = given;
    const task = checkTask('The option "task"', given.task);
    if (tier !== undefined) checkOneOf('The option "tier"', tier, TIERS);
    checkInteger('The option "seed"', seed, 0, 2 ** 32 - 1);
    if (dropout !== undefined)
      checkNumber('The option "dropout"', dropout, (x) => x >= 0 && x < 1, 'a number from 0 to below 1');
    if (clipNorm !== undefined)
      checkNumber('The option "clipNorm"', clipNorm, (x) => x > 0, 'a number above 0');
    checkBoolean('The option "recompute"', recompute);
    const labels =
      given.labels === undefined ? undefined : checkLabelNames(given.labels, 'The option "labels"');
    const schedule = given.schedule === undefined ? undefined : checkSchedule(given.schedule);
    const optimizer = checkOptimizer(given.optimizer);
    const files = await readSource(model);
    const learner = await Learner.create(
      files,
      (config) => configForTask(config, task, labels),
      [PLANS[task].head],
      {
        tier,
        seed,
        dropout,
        optimizer,
        schedule,
        clipNorm,
        recompute,
      },
    );
    return new Trainer(task, learner);
  }

  /**
   * Forward and backward pass: adds to the gradients those of the mean loss over the texts, or over the tokens whose
   * label counts.
   *
   * @returns the loss: cross-entropy, its binary form, or the mean squared error
   * @throws HashformerError `argument`, `memory`, `disposed`; `numeric`: the loss is not finite, and the gradients are cleared
   */
  async backward(batch: LabelledTexts): Promise<{ loss: number }> {
    const { texts, labels } = checkOptions<LabelledTexts>(batch, ['texts', 'labels']);
    const sequences = checkTexts(texts).map((text) => this.#learner.assemble(text));
    const { targets, counted } = readLabels(this.task, labels, sequences, this.config);
    if (counted === 0) {
      const why = sequences.length === 0 ? 'there are no texts' : 'no label counts';
      throw new HashformerError('argument', `There is nothing to learn: ${why}.`);
    }
    const { head, loss } = PLANS[this.task];
    return this.#exclusive(() => {
      let total = 0;
      let at = 0;
      for (const part of batches(sequences, MOST_ROWS, sequences.length)) {
        const batch = toBatch(part);
        const rows = head === 'token' ? batch.ids.length : part.length;
        const width = head === 'token' || loss === 'cross-entropy' ? 1 : this.config.num_labels;
        const some = targets.subarray(at, at + rows * width);
        at += rows * width;
        const goal = { head, loss, targets: some, scale: 1 / counted };
        total += this.#learner.accumulate({ batch, goals: [goal] })[0]!;
      }
      return { loss: total };
    });
  }

  /** The gradients since the last update, by the reference's names of the parameters. */
  async gradients(): Promise<Record<string, Tensor>> {
    return this.#exclusive(() => this.#all('gradient'));
  }

  /** The current weights, by the same names. */
  async parameters(): Promise<Record<string, Tensor>> {
    return this.#exclusive(() => this.#all('weight'));
  }

  /**
   * One step of AdamW at the current rate; clears the gradients.
   *
   * @throws HashformerError `numeric`: the gradients are not finite; they are cleared, and weights stay as they were
   */
  async update(): Promise<Update> {
    return this.#exclusive(() => this.#learner.update());
  }

  /** The model with the current weights: what it computes and saves changes with every update. */
  get model(): HashFormer {
    return this.#learner.model;
  }

  /** Bytes of memory that training holds. */
  get memoryBytes(): number {
    return this.#learner.backend.memoryBytes;
  }

  /** Gives the memory up, and that of `model`. */
  dispose(): void {
    this.#learner.dispose();
  }

  #all(kind: 'weight' | 'gradient'): Record<string, Tensor> {
    return { ...this.#learner.unreached(kind), ...this.#learner.tensors(kind) };
  }

  /** Runs a task when all earlier ones are done. */
  #exclusive<T>(task: () => T): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
