import { runtime } from '#runtime';
import type { HashformerError } from '../errors.ts';
import { readSafetensors } from '../formats/safetensors.ts';
import { isShipped } from '../runtime/runtime.ts';
import type { ModelFiles, SourceFile, TokenizerSource } from './model-files.ts';

/**
 * Where a model comes from: a folder's path, its address, what is in it, or the name of a shipped model (a folder that
 * is called so is written ./name).
 */
export type Source = string | URL | { config: object; weights: Uint8Array; tokenizer?: TokenizerSource };

/** Whether bytes begin as what torch.save writes: a zip archive, or before that a pickle of its magic number. */
function isPyTorch(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, 4).join();
  return start === '80,75,3,4' || start === '128,2,138,10';
}

/** The tensors of a file, safetensors or PyTorch; `name` is the file in messages. */
export async function parseWeights(bytes: Uint8Array, name: string): Promise<SourceFile> {
  if (isPyTorch(bytes)) {
    const { readPyTorch } = await import('../formats/pytorch.ts');
    return { ...readPyTorch(bytes, name), data: new Uint8Array() };
  }
  try {
    return readSafetensors(bytes, name);
  } catch (error) {
    const { explain } = await import('../formats/impostor.ts');
    throw explain(error as HashformerError, bytes, name);
  }
}

/**
 * A copy, as save() writes what was loaded, whatever becomes of the caller's bytes. Told by their tag: test runners
 * and iframes have a Uint8Array of their own.
 */
function copyBytes(value: unknown): Uint8Array | undefined {
  const tag = Object.prototype.toString.call(value);
  if (tag === '[object ArrayBuffer]') return new Uint8Array(value as ArrayBuffer).slice();
  return tag === '[object Uint8Array]' && ArrayBuffer.isView(value)
    ? new Uint8Array(value as Uint8Array)
    : undefined;
}

/**
 * Reads a model's files.
 *
 * @throws HashformerError `source` (missing, unreadable), `config`, `weights`, `argument`, `aborted`
 */
export async function readSource(source: unknown, signal?: AbortSignal): Promise<ModelFiles> {
  if (isShipped(source)) return readSource(await runtime.model(source));
  if (source instanceof URL || (typeof source === 'string' && source !== '')) {
    const { readFolder } = await import('./folder.ts');
    return readFolder(String(source), { read: runtime.read, parseWeights }, signal);
  }
  const { config, weights, tokenizer } = (source ?? {}) as Record<string, unknown>;
  const bytes = copyBytes(weights);
  if (typeof config !== 'object' || config === null || bytes === undefined) {
    throw (await import('./load-refusal.ts')).noSource(source);
  }
  const file = await parseWeights(bytes, 'The weight file');
  return {
    config,
    files: [file],
    tensors: file.tensors,
    tokenizer: tokenizer as TokenizerSource | undefined,
  };
}
