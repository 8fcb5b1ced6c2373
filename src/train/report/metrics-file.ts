import {
  closeSync,
  createReadStream,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  writeFileSync,
} from 'node:fs';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { HashformerError } from '../../errors.ts';
import { METRICS_FILE, type TrainingEvent } from './events.ts';
import { parseEvent } from './parse-event.ts';

function failure(file: string, action: string, cause: unknown): HashformerError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = code === 'ENOSPC' ? 'the disk is full' : message;
  return new HashformerError('source', `"${file}" could not be ${action}: ${reason}.`, { cause });
}

/** All lines that end; what a killed process left of its last one is dropped. */
async function* wholeLines(file: string): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw failure(file, 'read', cause);
    throw new HashformerError(
      'source',
      `"${file}" does not exist; a training run writes it into its folder.`,
      {
        cause,
      },
    );
  }
}

/**
 * The events of a run, in order. A last line without its end, as kill -9 leaves it, is passed over.
 *
 * @param folder the run's
 * @throws HashformerError `source`: no metrics.jsonl, or a whole line of it is no event
 */
export async function* readEvents(folder: string): AsyncGenerator<TrainingEvent> {
  const file = join(folder, METRICS_FILE);
  let count = 0;
  for await (const line of wholeLines(file)) {
    count++;
    const event = parseEvent(line, `Line ${count} of "${file}"`);
    if (event !== undefined) yield event;
  }
}

/** The lines up to a step take the file's place at once; a kill leaves the old file or the new one. */
async function dropLater(folder: string, step: number): Promise<void> {
  const file = join(folder, METRICS_FILE);
  const kept: string[] = [];
  for await (const line of wholeLines(file)) {
    const event = parseEvent(line, `Line ${kept.length + 1} of "${file}"`);
    if (event === undefined || !('step' in event) || event.step <= step) kept.push(`${line}\n`);
  }
  const part = `${file}.part`;
  try {
    await writeFile(part, kept.join(''), { flush: true });
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true });
    throw failure(file, 'written', cause);
  }
}

/**
 * The metrics.jsonl of a run that is being written. Every event is handed to the system before `append` returns, so
 * that killing the process loses nothing that was appended; `sync` keeps it through a power cut too.
 */
export class MetricsFile {
  readonly #file: string;
  readonly #descriptor: number;
  #bytes: number;

  private constructor(file: string, descriptor: number, bytes: number) {
    this.#file = file;
    this.#descriptor = descriptor;
    this.#bytes = bytes;
  }

  /**
   * @param folder is made where there is none
   * @param resumedStep the step that a run goes on from: events of later ones are dropped. Without it, a new file
   *   takes the place of one that is there.
   * @throws HashformerError `source`
   */
  static async open(folder: string, resumedStep?: number): Promise<MetricsFile> {
    const file = join(folder, METRICS_FILE);
    if (resumedStep !== undefined) await dropLater(folder, resumedStep);
    try {
      mkdirSync(folder, { recursive: true });
      const descriptor = openSync(file, 'a');
      if (resumedStep === undefined) ftruncateSync(descriptor, 0);
      return new MetricsFile(file, descriptor, (await stat(file)).size);
    } catch (cause) {
      throw failure(file, 'written', cause);
    }
  }

  /** @throws HashformerError `source`: the disk is full, say; the file then ends after the event before */
  append(event: TrainingEvent): void {
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    try {
      writeFileSync(this.#descriptor, line);
    } catch (cause) {
      ftruncateSync(this.#descriptor, this.#bytes);
      throw failure(this.#file, 'written', cause);
    }
    this.#bytes += line.length;
  }

  sync(): void {
    fsyncSync(this.#descriptor);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
