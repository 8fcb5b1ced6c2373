// Node, Deno and Bun: folders are paths or addresses. What ships is inlined, so that no read permission is asked.

import { HashformerError } from '../errors.ts';
import { fetchFile, isAddress } from './fetch.ts';
import { inlinedModel, inlinedWasm } from './inlined.ts';
import type { Runtime } from './runtime.ts';

/** Reads a path as a message says it: what failed, where, why. */
function unreadable(path: string, cause: unknown): HashformerError {
  return new HashformerError('source', `${path} could not be read: ${(cause as Error).message}.`, { cause });
}

export const runtime: Runtime = {
  wasm: async (tier) => Buffer.from(await inlinedWasm(tier), 'base64'),
  model: async (name) => {
    const { config, weights } = await inlinedModel(name);
    return { config, weights: Buffer.from(weights, 'base64') };
  },
  read: async (folder, name, signal) => {
    if (isAddress(folder) && !folder.startsWith('file:')) return fetchFile(folder, name, signal);
    const [{ readFile }, { join }, { fileURLToPath }] = await Promise.all([
      import('node:fs/promises'),
      import('node:path'),
      import('node:url'),
    ]);
    const path = join(folder.startsWith('file:') ? fileURLToPath(folder) : folder, name);
    try {
      return await readFile(path, signal === undefined ? {} : { signal });
    } catch (cause) {
      const { code, name: kind } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      if (kind === 'AbortError') throw new HashformerError('aborted', 'The call was aborted.', { cause });
      throw unreadable(path, cause);
    }
  },
  write: async (folder, files) => {
    const [{ mkdir, rename, writeFile, rm }, { join }] = await Promise.all([
      import('node:fs/promises'),
      import('node:path'),
    ]);
    for (const [name, bytes] of files) {
      const path = join(folder, name);
      const part = `${path}.${process.pid}.part`;
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(part, bytes);
        await rename(part, path);
      } catch (cause) {
        await rm(part, { force: true }).catch(() => undefined);
        throw new HashformerError('source', `${path} could not be written: ${(cause as Error).message}.`, { cause });
      }
    }
  },
};
