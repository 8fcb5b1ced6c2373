// The folder of a run (Node, Deno, Bun): checkpoints, metrics.jsonl, report.html.

import { checksum } from '../backend/checksum.ts';
import type { Exports } from '../backend/exports.ts';
import { instantiateModule } from '../backend/module.ts';
import { HashformerError } from '../errors.ts';
import { CONFIG, TOKENIZER, WEIGHTS } from '../model/files.ts';
import { type ModelFiles, readSource } from '../model/source.ts';
import {
  type Checkpoint,
  type CheckpointKind,
  type CheckpointTensor,
  checkSameOptions,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
import type { Crew } from './crew.ts';
import type { Learner } from './learner.ts';
import type { FinalEvaluation, TrainingEvent } from './report/events.ts';
import { RunRecord } from './report/run-record.ts';
import type { RunState } from './run.ts';

/** What trainer.json keeps: the run's state, and the options that it can go on with. */
interface SavedState<Position> extends RunState<Position> {
  readonly options: Readonly<Record<string, unknown>>;
}

/** AdamW's, as checkpoints name them. */
const MOMENTS = ['first', 'second'] as const;

const decode = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));

export class RunFolder<Position> {
  readonly folder: string;
  /** Where a stopped run goes on; undefined where it begins. */
  readonly resumed: RunState<Position> | undefined;
  readonly #wasm: Exports;
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #checkpoint: Checkpoint | undefined;
  #record: RunRecord | undefined;

  private constructor(
    folder: string,
    wasm: Exports,
    options: Readonly<Record<string, unknown>>,
    checkpoint: Checkpoint | undefined,
  ) {
    this.folder = folder;
    this.#wasm = wasm;
    this.#options = options;
    this.#checkpoint = checkpoint;
    this.resumed = checkpoint?.state as RunState<Position> | undefined;
  }

  /**
   * @param resume whether to go on from the folder's last checkpoint, if it has one; else it must have none
   * @param options what must be the same when the run goes on
   * @throws HashformerError `argument`: there is a run already, or one of other options; `weights`: it is damaged
   */
  static async open<Position>(
    folder: string,
    resume: boolean,
    options: Readonly<Record<string, unknown>>,
  ): Promise<RunFolder<Position>> {
    const { exports } = await instantiateModule();
    const checkpoint = await readCheckpoint(folder, 'last', (bytes) => checksum(exports, bytes));
    if (checkpoint !== undefined && !resume) {
      throw new HashformerError(
        'argument',
        `${folder} holds a run already; go on with it by --resume, or write to another folder.`,
      );
    }
    if (checkpoint !== undefined)
      checkSameOptions((checkpoint.state as SavedState<Position>).options, options);
    return new RunFolder(folder, exports, options, checkpoint);
  }

  /** The model of the last checkpoint; undefined where the run begins. */
  async model(): Promise<ModelFiles | undefined> {
    if (this.#checkpoint === undefined) return undefined;
    const { model } = this.#checkpoint;
    const tokenizer = model.get(TOKENIZER);
    return readSource({
      config: decode(model.get(CONFIG)!),
      weights: model.get(WEIGHTS)!,
      ...(tokenizer === undefined ? {} : { tokenizer: decode(tokenizer) }),
    });
  }

  /** Sets the optimiser of a crew that has loaded model() to where the last checkpoint was. */
  restore(crew: Crew): void {
    if (this.#checkpoint === undefined) return;
    for (const part of MOMENTS) {
      const ending = `.${part}`;
      const found = [...this.#checkpoint.tensors].filter(([name]) => name.endsWith(ending));
      const moments = found.map(([name, tensor]) => [name.slice(0, -ending.length), tensor]);
      crew.restore(this.resumed!.learner, part, Object.fromEntries(moments));
    }
  }

  /** @throws HashformerError `source` */
  async append(event: TrainingEvent): Promise<void> {
    this.#record ??= await RunRecord.open(this.folder, this.resumed?.learner.step);
    await this.#record.append(event);
  }

  async evaluated(evaluation: FinalEvaluation): Promise<void> {
    await this.#record?.evaluated(evaluation);
  }

  /** Writes a checkpoint, whole or not at all; returns its folder. */
  async save(kind: CheckpointKind, learner: Learner, state: RunState<Position>): Promise<string> {
    const { config, weights, tokenizer } = await learner.model.save();
    const encode = (value: object) => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
    const model = new Map([
      [CONFIG, encode(config)],
      [WEIGHTS, weights],
    ]);
    if (tokenizer !== undefined) model.set(TOKENIZER, encode(tokenizer));
    const tensors = new Map<string, CheckpointTensor>();
    if (kind === 'last') {
      for (const part of MOMENTS) {
        for (const [name, tensor] of Object.entries(learner.tensors(part)))
          tensors.set(`${name}.${part}`, tensor);
      }
    }
    const saved: SavedState<Position> = { ...state, options: this.#options };
    await writeCheckpoint(this.folder, kind, { model, tensors, state: saved }, (bytes) =>
      checksum(this.#wasm, bytes),
    );
    return `${this.folder}/${kind}`;
  }

  close(): void {
    this.#record?.close();
  }
}
