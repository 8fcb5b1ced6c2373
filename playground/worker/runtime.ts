// The page's runtime: everything that ships is inside, folders are those that were dropped on the page.

import { HashformerError } from '../../src/errors.ts';
import { fromBase64 } from '../../src/runtime/base64.ts';
import { failure } from '../../src/runtime/failure.ts';
import { inlinedModel, inlinedWasm } from '../../src/runtime/inlined.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';

/** The files of folders that models are loaded from, by the folders' names. */
const folders = new Map<string, ReadonlyMap<string, Blob>>();

/** Makes a folder one to load from while `load` runs. */
export async function withFolder<T>(
  folder: string,
  files: ReadonlyMap<string, Blob>,
  load: () => Promise<T>,
): Promise<T> {
  folders.set(folder, files);
  try {
    return await load();
  } finally {
    folders.delete(folder);
  }
}

export const runtime: Runtime = {
  wasm: async (tier) => fromBase64(await inlinedWasm(tier)),
  model: async (name) => {
    const { config, weights } = await inlinedModel(name);
    return { config, weights: fromBase64(weights) };
  },
  read: async (folder, name) => {
    try {
      const file = folders.get(folder)?.get(name);
      return file && new Uint8Array(await file.arrayBuffer());
    } catch (cause) {
      throw failure(`${folder}/${name}`, 'read', cause);
    }
  },
  write: async (folder) => {
    throw new HashformerError('source', `A page cannot write the folder "${folder}".`);
  },
};
