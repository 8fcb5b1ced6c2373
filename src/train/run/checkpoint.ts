import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HashformerError } from '../../errors.ts';
import { WEIGHTS } from '../../formats/file-names.ts';
import { readSafetensors } from '../../formats/safetensors.ts';
import { writeSafetensors } from '../../formats/safetensors-writer.ts';
import { failure } from '../../runtime/failure.ts';
import { removeParts, writeFiles } from '../../runtime/write-files.ts';
import { show } from '../../show.ts';
import { currentTask } from '../data/task.ts';

/** The folders of a run: its state at the last interval, and the model with the best dev metric. */
export type CheckpointKind = 'last' | 'best';

export interface CheckpointTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Checkpoint {
  /** The files of an ordinary model's folder, of which model.safetensors must be one. */
  readonly model: ReadonlyMap<string, Uint8Array>;
  /** What the optimiser keeps, as `<parameter>.first` and `<parameter>.second`; none in a best checkpoint. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** Everything else that goes on: step, data position, random states … What JSON holds. */
  readonly state: object;
}

/** XXH64 of bytes, as checksum() of a module's exports. */
export type Checksum = (bytes: Uint8Array) => string;

interface FileFacts {
  readonly size: number;
  readonly checksum: string;
}

/** What trainer-<generation>.json holds. */
interface Manifest {
  /** Of the other two, as JSON. */
  readonly checksum: string;
  /** Every file of the checkpoint. */
  readonly files: Readonly<Record<string, FileFacts>>;
  readonly state: object;
}

const GENERATION = /^trainer-(\d+)\.(json|safetensors)$/;
const MANIFEST = /^trainer-\d+\.json$/;
const ANEW = 'start anew in another folder, or from another model with --model';

const generationOf = (name: string) => Number(GENERATION.exec(name)?.[1] ?? 0);
const encode = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value)}\n`);
const described = ({ files, state }: Omit<Manifest, 'checksum'>) => encode({ files, state });

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw failure(folder, 'read', cause);
  }
}

/** Bytes of a file; undefined where there is none. */
async function read(folder: string, name: string): Promise<Uint8Array | undefined> {
  const path = join(folder, name);
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure(path, 'read', cause);
  }
}

function stored(tensors: Checkpoint['tensors']): Uint8Array {
  return writeSafetensors(
    new Map(
      [...tensors].map(([name, { shape, data }]) => [
        name,
        {
          dtype: 'F32',
          shape: [...shape],
          data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
        },
      ]),
    ),
  );
}

/**
 * Writes `folder/kind` so that a process that is killed at any moment, or a disk that is full, leaves the old checkpoint
 * or the new one whole. The trainer's files of a checkpoint carry a number and lie beside those of the one before; then
 * model.safetensors takes the old one's place, in one step of the file system. It decides: a reader takes the trainer's
 * files that belong to it. The others are removed at the end. The folder is an ordinary model's all the time. Its other
 * files (config.json, tokenizer.json) are the same through a run and written once.
 *
 * @throws HashformerError `source`; `argument`: the folder holds a checkpoint of another model
 */
export async function writeCheckpoint(
  folder: string,
  kind: CheckpointKind,
  { model, tensors, state }: Checkpoint,
  checksum: Checksum,
): Promise<void> {
  const target = join(folder, kind);
  const names = await namesIn(target);
  const generation = Math.max(0, ...names.map(generationOf)) + 1;
  const contents = new Map<string, Uint8Array>();
  for (const [name, bytes] of model) {
    if (name === WEIGHTS) continue;
    const present = await read(target, name);
    if (present === undefined) contents.set(name, bytes);
    else if (Buffer.compare(present, bytes) !== 0) {
      throw new HashformerError(
        'argument',
        `${join(target, name)} is of another run; remove it, or write to another folder.`,
      );
    }
  }
  if (tensors.size > 0) contents.set(`trainer-${generation}.safetensors`, stored(tensors));
  const files: Record<string, FileFacts> = {};
  for (const [name, bytes] of [...model, ...contents]) {
    files[name] = { size: bytes.length, checksum: checksum(bytes) };
  }
  const manifest: Manifest = { checksum: checksum(described({ files, state })), files, state };
  contents.set(`trainer-${generation}.json`, encode(manifest));
  contents.set(WEIGHTS, model.get(WEIGHTS)!);
  try {
    await removeParts(target);
    await writeFiles(target, contents, true);
  } catch (cause) {
    if (!(cause instanceof HashformerError)) throw failure(target, 'written', cause);
    const kept = names.includes(WEIGHTS) ? '; the checkpoint before it is kept' : '';
    throw new HashformerError('source', `A checkpoint was not written${kept}: ${cause.message}`, { cause });
  }
  const old = names.filter((name) => GENERATION.test(name));
  await Promise.all(old.map((name) => rm(join(target, name), { force: true })));
}

/** Reads and checks a manifest. */
function parseManifest(bytes: Uint8Array, path: string, checksum: Checksum): Manifest {
  let manifest: Manifest | null = null;
  let cause: unknown;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    cause = error;
  }
  if (manifest?.files && manifest.state && checksum(described(manifest)) === manifest.checksum)
    return manifest;
  throw new HashformerError('weights', `${path} is damaged: its checksum does not fit it; ${ANEW}.`, {
    cause,
  });
}

/** The manifest that belongs to the weights: the newest, as one that was not completed may be there too. */
async function findManifest(target: string, weights: Uint8Array, checksum: Checksum): Promise<Manifest> {
  const names = (await namesIn(target)).filter((name) => MANIFEST.test(name));
  names.sort((a, b) => generationOf(b) - generationOf(a));
  const sum = checksum(weights);
  let problem: unknown;
  let size: number | undefined;
  for (const name of names) {
    try {
      const bytes = (await read(target, name))!;
      const manifest = parseManifest(bytes, join(target, name), checksum);
      if (manifest.files[WEIGHTS]?.checksum === sum) return manifest;
      size ??= manifest.files[WEIGHTS]?.size;
    } catch (error) {
      problem ??= error;
    }
  }
  if (problem !== undefined) throw problem;
  if (size === undefined) {
    throw new HashformerError(
      'weights',
      `${target} holds a model but no state to resume from (trainer-….json); ${ANEW}.`,
    );
  }
  throw unfitting(join(target, WEIGHTS), weights.length, size);
}

function unfitting(path: string, got: number, expected: number): HashformerError {
  const problem =
    got === expected
      ? 'is damaged, or of another model: its checksum does not fit the checkpoint'
      : `${got < expected ? 'is truncated, or' : 'is'} of another model: it has ${got} bytes, the checkpoint was written with ${expected}`;
  return new HashformerError('weights', `${path} ${problem}; ${ANEW}.`);
}

/**
 * Reads `folder/kind` and checks every byte of it. What a killed process left half written is not looked at.
 *
 * @returns undefined where there is no checkpoint
 * @throws HashformerError `source`: unreadable; `weights`: damaged, truncated, missing or of another model
 */
export async function readCheckpoint(
  folder: string,
  kind: CheckpointKind,
  checksum: Checksum,
): Promise<Checkpoint | undefined> {
  const target = join(folder, kind);
  const weights = await read(target, WEIGHTS);
  if (weights === undefined) return undefined;
  const { files, state } = await findManifest(target, weights, checksum);
  const model = new Map([[WEIGHTS, weights]]);
  let tensors: Checkpoint['tensors'] = new Map();
  for (const [name, expected] of Object.entries(files)) {
    if (name === WEIGHTS) continue;
    const path = join(target, name);
    const bytes = await read(target, name);
    if (bytes === undefined) {
      throw new HashformerError('weights', `${path} is missing, which the checkpoint needs; ${ANEW}.`);
    }
    if (checksum(bytes) !== expected.checksum) throw unfitting(path, bytes.length, expected.size);
    if (GENERATION.test(name)) tensors = parseTensors(bytes, path);
    else model.set(name, bytes);
  }
  return { model, tensors, state };
}

function parseTensors(bytes: Uint8Array, path: string): Checkpoint['tensors'] {
  const { tensors } = readSafetensors(bytes, path);
  return new Map(
    [...tensors].map(([name, { shape, data }]) => {
      const aligned = data.byteOffset % 4 === 0 ? data : data.slice();
      return [name, { shape, data: new Float32Array(aligned.buffer, aligned.byteOffset, data.length / 4) }];
    }),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Checks that a run goes on with the options that its checkpoint was made with.
 *
 * @throws HashformerError `argument`: names the first that differs
 */
export function checkSameOptions(
  saved: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>,
): void {
  for (const name of Object.keys({ ...saved, ...given })) {
    // Tasks had other names once.
    if (name === 'task' && currentTask(saved.task) === currentTask(given.task)) continue;
    if (JSON.stringify(saved[name]) === JSON.stringify(given[name])) continue;
    if (isObject(saved[name]) && isObject(given[name])) {
      checkSameOptions(saved[name], given[name]);
      continue;
    }
    const [before, now] = [saved[name], given[name]].map((value) =>
      value === undefined ? 'nothing' : Array.isArray(value) ? JSON.stringify(value) : show(value),
    );
    throw new HashformerError(
      'argument',
      `The checkpoint was made with ${before} for ${show(name)}, but now it is ${now}; resume with the same options, ` +
        'or start anew in another folder.',
    );
  }
}
