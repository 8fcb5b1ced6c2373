// Node, Deno and Bun: folders are paths or addresses. What ships is inlined, so that no read permission is asked.

import { throwIfAborted } from '../abort.ts';
import { HashformerError } from '../errors.ts';
import { failure } from './failure.ts';
import { fetchFile, isAddress } from './fetch.ts';
import { inlinedConfig, inlinedModel, inlinedWasm } from './inlined.ts';
import type { Runtime } from './runtime.ts';

/** The path of a folder that is one already or a file: address. */
async function pathOf(folder: string): Promise<string> {
  return /^file:/i.test(folder) ? (await import('node:url')).fileURLToPath(folder) : folder;
}

/**
 * A file of the package. Node takes far longer to parse a megabyte as a module than to read a file, so what is there
 * inlined too is read where it lies beside this file; it is not where a bundler has moved it, and Deno would ask for
 * permission.
 */
async function packageFile(file: string): Promise<Buffer | undefined> {
  if ('Deno' in globalThis) return undefined;
  try {
    // Importing node:fs makes Node load its streams too, which costs more than everything here.
    const { readFileSync } = process.getBuiltinModule?.('node:fs') ?? (await import('node:fs'));
    return readFileSync(new URL(`../${file}`, import.meta.url));
  } catch {
    return undefined;
  }
}

export const runtime: Runtime = {
  file: packageFile,
  wasm: async (tier) =>
    (await packageFile(`wasm/${tier}.wasm`)) ?? Buffer.from(await inlinedWasm(tier), 'base64'),
  model: async (name) => {
    const weights = await packageFile(`models/${name}/weights.bin`);
    if (weights !== undefined) return { config: await inlinedConfig(name), weights };
    const inlined = await inlinedModel(name);
    return { config: inlined.config, weights: Buffer.from(inlined.weights, 'base64') };
  },
  read: async (folder, name, signal) => {
    if (isAddress(folder) && !/^file:/i.test(folder)) return fetchFile(folder, name, signal);
    const [{ readFile }, { join }] = await Promise.all([import('node:fs/promises'), import('node:path')]);
    let path = folder;
    try {
      path = join(await pathOf(folder), name);
      const bytes = await readFile(path, signal === undefined ? {} : { signal });
      // No Buffer, whose slice(), String() and the like are others than a Uint8Array's.
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
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
