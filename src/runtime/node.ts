// Node, Deno and Bun: folders are paths or addresses. What ships is inlined, so that no read permission is asked.

import { throwIfAborted } from '../abort.ts';
import { HashformerError } from '../errors.ts';
import { failure } from './failure.ts';
import { fetchFile, isAddress } from './fetch.ts';
import { inlinedModel, inlinedWasm } from './inlined.ts';
import type { Runtime } from './runtime.ts';

/** The path of a folder that is one already or a file: address. */
async function pathOf(folder: string): Promise<string> {
  return /^file:/i.test(folder) ? (await import('node:url')).fileURLToPath(folder) : folder;
}

/**
 * An inlined file. Node takes far longer to parse a megabyte as a module than to read it, so it is read where
 * it lies beside this file; it is not where a bundler has moved it, and Deno would ask for permission.
 */
async function inlinedFile(file: string): Promise<Buffer | undefined> {
  if ('Deno' in globalThis) return undefined;
  try {
    // Importing node:fs makes Node load its streams too, which costs more than everything here.
    const { readFileSync } = process.getBuiltinModule?.('node:fs') ?? (await import('node:fs'));
    return readFileSync(new URL(`../${file}.js`, import.meta.url));
  } catch {
    return undefined;
  }
}

/** What stands between the last two quotes of an inlined file. */
function lastString(file: Buffer): Buffer {
  const end = file.lastIndexOf("'");
  return Buffer.from(file.toString('latin1', file.lastIndexOf("'", end - 1) + 1, end), 'base64');
}

export const runtime: Runtime = {
  wasm: async (tier) => {
    const file = await inlinedFile(`wasm/${tier}`);
    return file === undefined ? Buffer.from(await inlinedWasm(tier), 'base64') : lastString(file);
  },
  model: async (name) => {
    const file = await inlinedFile(`models/${name}`);
    if (file !== undefined) {
      const config = JSON.parse(file.toString('utf8', file.indexOf('{'), file.indexOf('};\n') + 1));
      return { config, weights: lastString(file) };
    }
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
    if (isAddress(folder) && !/^file:/i.test(folder)) {
      throw new HashformerError('source', `${folder} could not be written: it is no folder's path.`);
    }
    const { writeFiles } = await import('./write-files.ts');
    const path = await pathOf(folder).catch((cause) => {
      throw failure(folder, 'written', cause);
    });
    await writeFiles(path, files);
  },
};
