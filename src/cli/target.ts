import { access, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HashformerError } from '../errors.ts';
import { isAddress } from '../runtime/fetch.ts';

const MODEL_FILES = ['config.json', 'model.safetensors'];

/**
 * Checks a folder that a model is to be written to, before any work is done for it.
 *
 * @throws HashformerError `argument`: an address; `source`: it holds a model, and `force` is not given
 */
export async function checkTarget(folder: string, force: boolean | undefined): Promise<void> {
  if (isAddress(folder)) {
    throw new HashformerError('argument', `A model is written to a folder, but "${folder}" is an address.`);
  }
  for (const name of force ? [] : MODEL_FILES) {
    const exists = await access(join(folder, name)).then(
      () => true,
      () => false,
    );
    if (exists) {
      throw new HashformerError('source', `"${folder}" already has a ${name}; add --force to replace it.`);
    }
  }
}

/** Whether two paths are one folder, symbolic links seen through. */
export async function isSameFolder(a: string, b: string): Promise<boolean> {
  const real = (path: string) => realpath(path).catch(() => resolve(path));
  return (await real(a)) === (await real(b));
}
