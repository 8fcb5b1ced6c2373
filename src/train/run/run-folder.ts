// The folder of a run (Node, Deno, Bun): checkpoints, metrics.jsonl, report.html.

import { access, constants, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { HashformerError } from '../../errors.ts';
import { CONFIG, TOKENIZER, WEIGHTS } from '../../formats/file-names.ts';
import type { ModelFiles } from '../../model/model-files.ts';
import { readSource } from '../../model/source.ts';
import { failure } from '../../runtime/failure.ts';
import { checksum } from '../../wasm/checksum.ts';
import type { Exports } from '../../wasm/exports.ts';
import { instantiateModule } from '../../wasm/module.ts';
import type { Learner } from '../engine/learner.ts';
import type { FinalEvaluation, TrainingEvent } from '../report/events.ts';
import { RunRecord } from '../report/run-record.ts';
import {
  type Checkpoint,
  type CheckpointKind,
  type CheckpointTensor,
  checkSameOptions,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
import { RunLock } from './run-lock.ts';
import type { RunState, RunStore } from './run-store.ts';

/** What trainer.json keeps: the run's state, and the options that it can go on with. */
interface SavedState<Position> extends RunState<Position> {
  readonly options: Readonly<Record<string, unknown>>;
}

/** AdamW's, as checkpoints name them. */
const MOMENTS = ['first', 'second'] as const;

const decode = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));

/** What system calls say of a path that leads nowhere. */
const ABSENT = ['ENOENT', 'ENOTDIR'];

/** Checks that a folder, which need not be there yet, can be written to. */
async function checkWritable(folder: string): Promise<void> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    const found = await stat(path).catch((cause) => {
      if (ABSENT.includes(cause.code)) return null;
      throw failure(folder, 'written', cause);
    });
    if (found === null && path !== dirname(path)) continue;
    if (!found?.isDirectory()) {
      throw new HashformerError('source', `${path} is not a folder; a run is written into one.`);
    }
    // Deno would ask to know who the user is, --allow-sys, and dies of a no; writing tells there.
    if ('Deno' in globalThis) return;
    return access(path, constants.W_OK).catch((cause) => {
      throw failure(folder, 'written', cause);
    });
  }
}

export class RunFolder<Position> implements RunStore<Position> {
  readonly folder: string;
  readonly resumed: RunState<Position> | undefined;
  readonly #wasm: Exports;
  readonly #lock: RunLock;
  #options: Readonly<Record<string, unknown>> = {};
  readonly #checkpoint: Checkpoint | undefined;
  #record: RunRecord | undefined;

  private constructor(folder: string, lock: RunLock, wasm: Exports, checkpoint: Checkpoint | undefined) {
    this.folder = folder;
    this.#lock = lock;
    this.#wasm = wasm;
    this.#checkpoint = checkpoint;
    this.resumed = checkpoint?.state as RunState<Position> | undefined;
  }

  /**
   * The folder is this run's until close().
   *
   * @param resume whether to go on from the folder's last checkpoint, if it has one; else it must have none
   * @throws HashformerError `argument`: there is a run already, or another trains into it; `weights`: it is damaged;
   *   `source`: it cannot be written to
   */
  static async open<Position>(folder: string, resume: boolean): Promise<RunFolder<Position>> {
    await checkWritable(folder);
    const lock = await RunLock.take(folder);
    try {
      return await RunFolder.#openLocked(folder, lock, resume);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  static async #openLocked<Position>(
    folder: string,
    lock: RunLock,
    resume: boolean,
  ): Promise<RunFolder<Position>> {
    const { exports } = await instantiateModule();
    // A run that was killed between its first two checkpoints has only a best one.
    const begun = (kind: CheckpointKind) =>
      stat(join(folder, kind, WEIGHTS)).then(
        () => true,
        () => false,
      );
    if (!resume && ((await begun('last')) || (await begun('best')))) {
      throw new HashformerError(
        'argument',
        `${folder} holds a run already; go on with it by --resume, or write to another folder.`,
      );
    }
    const checkpoint = await readCheckpoint(folder, 'last', (bytes) => checksum(exports, bytes));
    return new RunFolder(folder, lock, exports, checkpoint);
  }

  setOptions(options: Readonly<Record<string, unknown>>): void {
    if (this.#checkpoint !== undefined) {
      checkSameOptions((this.#checkpoint.state as SavedState<Position>).options, options);
    }
    this.#options = options;
  }

  pathOf(kind: CheckpointKind): string {
    return join(this.folder, kind);
  }

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

  restore(learner: Pick<Learner, 'restore'>): void {
    if (this.#checkpoint === undefined) return;
    for (const part of MOMENTS) {
      const ending = `.${part}`;
      const found = [...this.#checkpoint.tensors].filter(([name]) => name.endsWith(ending));
      const moments = found.map(([name, tensor]) => [name.slice(0, -ending.length), tensor]);
      learner.restore(this.resumed!.learner, part, Object.fromEntries(moments));
    }
  }

  async append(event: TrainingEvent): Promise<void> {
    this.#record ??= await RunRecord.open(this.folder, this.resumed?.learner.step);
    await this.#record.append(event);
    await this.#lock.keep(false);
  }

  async evaluated(evaluation: FinalEvaluation): Promise<void> {
    await this.#record?.evaluated(evaluation);
  }

  async save(kind: CheckpointKind, learner: Learner, state: RunState<Position>): Promise<string> {
    await this.#lock.keep(true);
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
    return this.pathOf(kind);
  }

  async close(): Promise<void> {
    this.#record?.close();
    await this.#lock.release();
  }
}
