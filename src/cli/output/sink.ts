import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { HashformerError } from '../../errors.ts';
import type { WriteBytes } from './rows.ts';

/** Where bytes go. */
export interface Sink {
  readonly write: WriteBytes;
  /** All is written: the file gets its name. */
  finish(): Promise<void>;
  /** Something failed: what is written so far stays where `kept` says; null where nothing stays. */
  abandon(): Promise<string | null>;
}

function unwritable(what: string, cause: unknown): HashformerError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = code === 'ENOENT' ? 'its folder does not exist' : message;
  return new HashformerError('source', `${what} could not be written: ${reason}.`, { cause });
}

export function stdoutSink(): Sink {
  return {
    // Waiting for the callback is the back-pressure: a slow reader holds the work up, not the memory.
    write: (data) =>
      new Promise((resolve, reject) => {
        process.stdout.write(data, (cause) =>
          cause ? reject(unwritable('Standard output', cause)) : resolve(),
        );
      }),
    finish: async () => undefined,
    abandon: async () => null,
  };
}

/**
 * A file that appears under its name when it is complete. Devices and pipes (/dev/null, a FIFO) cannot be
 * replaced and are written to as they are.
 *
 * @throws HashformerError `source`
 */
export async function fileSink(file: string): Promise<Sink> {
  const existing = await stat(file).catch(() => null);
  if (existing?.isDirectory())
    throw new HashformerError('source', `"${file}" is a folder; name a file in it.`);
  const replaceable = existing === null || existing.isFile();
  // Behind a symbolic link, the file is replaced and not the link.
  const target = existing === null ? file : await realpath(file);
  const part = replaceable ? `${target}.part` : target;
  let written = false;
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw unwritable(`"${file}"`, cause);
    }
  };
  const handle: FileHandle = await guarded(() => open(part, 'w', existing?.mode ?? 0o666));
  return {
    write: (data) =>
      guarded(async () => {
        written = true;
        await handle.writeFile(data);
      }),
    finish: () =>
      guarded(async () => {
        await handle.close();
        if (replaceable) await rename(part, target);
      }),
    abandon: async () => {
      await handle.close();
      if (written) return part;
      if (replaceable) await rm(part, { force: true });
      return null;
    },
  };
}
