// Node, Deno and Bun: folders are paths or addresses. What ships is inlined, so that no read permission is asked.

import { HashformerError, throwIfAborted } from '../errors.ts';
import { fetchFile, isAddress } from './fetch.ts';
import { inlinedModel, inlinedWasm } from './inlined.ts';
import type { Runtime } from './runtime.ts';

/** What failed, where, why. */
function failure(path: string, action: 'read' | 'written', cause: unknown): HashformerError {
  return new HashformerError('source', `${path} could not be ${action}: ${(cause as Error).message}.`, { cause });
}

/** The path of a folder that is one already or a file: address. */
async function pathOf(folder: string): Promise<string> {
  return /^file:/i.test(folder) ? (await import('node:url')).fileURLToPath(folder) : folder;
}

/** Makes the names of files that are being written differ. */
let writes = 0;

export const runtime: Runtime = {
  wasm: async (tier) => Buffer.from(await inlinedWasm(tier), 'base64'),
  model: async (name) => {
    const { config, weights } = await inlinedModel(name);
    return { config, weights: Buffer.from(weights, 'base64') };
  },
  read: async (folder, name, signal) => {
    if (isAddress(folder) && !/^file:/i.test(folder)) return fetchFile(folder, name, signal);
    const [{ readFile }, { join }] = await Promise.all([import('node:fs/promises'), import('node:path')]);
    let path = folder;
    try {
      path = join(await pathOf(folder), name);
      return await readFile(path, signal === undefined ? {} : { signal });
    } catch (cause) {
      throwIfAborted(signal);
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw failure(path, 'read', cause);
    }
  },
  write: async (folder, files) => {
    const [{ mkdir, rename, writeFile, rm }, { join }] = await Promise.all([
      import('node:fs/promises'),
      import('node:path'),
    ]);
    if (isAddress(folder) && !/^file:/i.test(folder)) {
      throw new HashformerError('source', `${folder} could not be written: it is no folder's path.`);
    }
    const suffix = `${process.pid}-${++writes}.part`;
    const parts = new Map<string, string>();
    let path = folder;
    try {
      const target = await pathOf(folder);
      await mkdir(target, { recursive: true });
      // All files are written before the first takes another's place, so that a full disk destroys nothing.
      for (const [name, bytes] of files) {
        path = join(target, name);
        parts.set(`${path}.${suffix}`, path);
        await writeFile(`${path}.${suffix}`, bytes);
      }
      for (const [part, whole] of parts) {
        path = whole;
        await rename(part, whole);
      }
    } catch (cause) {
      await Promise.all([...parts.keys()].map((part) => rm(part, { force: true }).catch(() => undefined)));
      throw failure(path, 'written', cause);
    }
  },
};
