import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { binary, readBlocks } from '../../data/blocks.ts';
import { nameOf } from '../../data/format.ts';
import { splitLines } from '../../data/lines.ts';
import type { Meter } from '../../data/meter.ts';
import { HashformerError } from '../../errors.ts';
import { corpusFiles } from './corpus-files.ts';
import { PASSAGE, type Passages } from './passages.ts';

export interface CorpusOptions {
  /** Where the working copy lies while the corpus is open; it takes as many bytes as the corpus uncompressed. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Counts the bytes of the files while they are read in. */
  readonly meter?: Meter;
}

/**
 * Text to pre-train on, one paragraph a line. It is read once from start to end, which finds all that is wrong with it,
 * into an uncompressed copy on disk; from then on any passage can be read in any order. In memory are 8 bytes for
 * every 4 KiB of it.
 */
export class Corpus implements Passages {
  /** Non-blank lines. */
  readonly paragraphs: number;
  /** Their bytes. */
  readonly bytes: number;
  /** SHA-256 of them: tells whether a resumed run has the same corpus. */
  readonly digest: string;
  /** Where passages begin in the copy, and where the last ends. */
  readonly #bounds: readonly number[];
  readonly #copy: Copy;

  private constructor(copy: Copy, bounds: readonly number[], paragraphs: number, digest: string) {
    this.#copy = copy;
    this.#bounds = bounds;
    this.paragraphs = paragraphs;
    this.bytes = bounds.at(-1)!;
    this.digest = digest;
  }

  /**
   * Reads files, folders and patterns, as corpusFiles() finds them; .gz and .xz too.
   *
   * @throws HashformerError `source`: nothing there, unreadable, damaged, binary, not UTF-8, without text, or no room
   *   for the copy; `dependency`
   */
  static async open(operands: readonly string[], options: CorpusOptions): Promise<Corpus> {
    const { folder, signal, meter = { total: null, done: 0 } } = options;
    const files = await corpusFiles(operands);
    const copy = await Copy.create(folder);
    try {
      const bounds = [0];
      const hash = createHash('sha256');
      let paragraphs = 0;
      let end = 0;
      for (const file of files) {
        for await (const block of readBlocks(file, meter, signal)) {
          const lines = splitLines(block);
          let text = '';
          for (const [i, line] of lines.entries()) {
            if (line.includes('\0')) throw binary(nameOf(file), block.line + i);
            if (line.trim() === '') continue;
            paragraphs++;
            text += `${line}\n`;
            end += Buffer.byteLength(line) + 1;
            if (end - bounds.at(-1)! >= PASSAGE) bounds.push(end);
          }
          hash.update(text);
          await copy.append(text);
        }
        // A passage ends where a file does.
        if (end > bounds.at(-1)!) bounds.push(end);
      }
      if (paragraphs === 0) {
        throw new HashformerError('source', `${files.map(nameOf).join(', ')}: there is no text to train on.`);
      }
      return new Corpus(copy, bounds, paragraphs, hash.digest('hex'));
    } catch (error) {
      await copy.close();
      throw error;
    }
  }

  /** How many passages it is cut into. */
  get passages(): number {
    return this.#bounds.length - 1;
  }

  /** The paragraphs of a passage. */
  async read(passage: number): Promise<string[]> {
    const start = this.#bounds[passage]!;
    return (await this.#copy.read(start, this.#bounds[passage + 1]! - start)).split('\n').slice(0, -1);
  }

  /** Gives the copy up. */
  async close(): Promise<void> {
    await this.#copy.close();
  }
}

/** A file of its own that goes when it is closed, where the system allows it even when the process is killed. */
class Copy {
  readonly #handle: FileHandle;
  readonly #folder: string;

  private constructor(handle: FileHandle, folder: string) {
    this.#handle = handle;
    this.#folder = folder;
  }

  static async create(parent: string): Promise<Copy> {
    try {
      await mkdir(parent, { recursive: true });
      const folder = await mkdtemp(join(parent, 'corpus-'));
      const handle = await open(join(folder, 'text'), 'wx+');
      // An open file lives on without its name, but not on Windows.
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      return new Copy(handle, folder);
    } catch (cause) {
      throw unwritable(parent, cause);
    }
  }

  async append(text: string): Promise<void> {
    try {
      await this.#handle.writeFile(text);
    } catch (cause) {
      throw unwritable(this.#folder, cause);
    }
  }

  async read(start: number, length: number): Promise<string> {
    const { buffer, bytesRead } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, start);
    if (bytesRead !== length) {
      throw new HashformerError(
        'source',
        `The corpus's copy in "${this.#folder}" was cut while it was read.`,
      );
    }
    return buffer.toString('utf8');
  }

  async close(): Promise<void> {
    await this.#handle.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function unwritable(folder: string, cause: unknown): HashformerError {
  return new HashformerError(
    'source',
    `The corpus could not be copied into "${folder}", which takes its uncompressed size: ${(cause as Error).message}.`,
    { cause },
  );
}
