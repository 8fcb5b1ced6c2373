import { runtime } from '#runtime';
import { HashformerError, show } from '../errors.ts';
import { readSafetensors } from './safetensors.ts';
import { mergeShards, parseShardIndex } from './shards.ts';
import type { WeightFile } from './stored-tensor.ts';

/** A parsed tokenizer.json, or where one is: a path or an address. */
export type TokenizerSource = string | object;

/** Where a model comes from: a folder's path, its address, or what is in it. */
export type Source = string | URL | { config: object; weights: Uint8Array; tokenizer?: TokenizerSource };

/** A model's files, read but not yet checked against each other. */
export interface ModelFiles {
  readonly config: unknown;
  readonly files: readonly (WeightFile & { readonly data: Uint8Array })[];
  readonly tensors: WeightFile['tensors'];
  /** The tokenizer.json that the reference's LSH needs, when the model is said to have one. */
  readonly tokenizer: TokenizerSource | undefined;
}

const CONFIG = 'config.json';
export const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const PYTORCH = 'pytorch_model.bin';
export const TOKENIZER = 'tokenizer.json';

/**
 * Whether bytes begin as what torch.save writes: a zip archive or a bare pickle. A safetensors file may begin like
 * a pickle, with the length of its header, but has a brace after it.
 */
function isPyTorch(bytes: Uint8Array): boolean {
  const zip = bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
  return zip || (bytes[0] === 0x80 && bytes[1]! <= 5 && bytes[2] !== 0 && bytes[8] !== 0x7b);
}

async function parseWeights(bytes: Uint8Array, name: string) {
  if (!isPyTorch(bytes)) return readSafetensors(bytes, name);
  const { readPyTorch } = await import('./pytorch.ts');
  return { ...readPyTorch(bytes), data: new Uint8Array() };
}

/** Parses bytes of JSON; `name` is the file in the message. */
export function parseJson(bytes: Uint8Array, name: string, code: 'config' | 'tokenizer' | 'weights'): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new HashformerError(code, `${name} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}

async function readShards(folder: string, index: Uint8Array, signal: AbortSignal | undefined) {
  const { files: names, tensorFile } = parseShardIndex(parseJson(index, INDEX, 'weights'));
  const shards = new Map<string, ReturnType<typeof readSafetensors>>();
  for (const name of names) {
    const bytes = await runtime.read(folder, name, signal);
    if (bytes === undefined) {
      throw new HashformerError('source', `"${folder}" lacks "${name}", which its ${INDEX} names.`);
    }
    shards.set(name, readSafetensors(bytes, name));
  }
  return { files: [...shards.values()], tensors: mergeShards({ files: names, tensorFile }, shards).tensors };
}

async function readFolder(folder: string, signal: AbortSignal | undefined): Promise<ModelFiles> {
  const config = await runtime.read(folder, CONFIG, signal);
  if (config === undefined) {
    throw new HashformerError(
      'source',
      `"${folder}" is no model's folder: it has no ${CONFIG} (a ${WEIGHTS} belongs beside it).`,
    );
  }
  const parsed = parseJson(config, CONFIG, 'config');
  const found = { config: parsed, tokenizer: folder };
  const weights = await runtime.read(folder, WEIGHTS, signal);
  if (weights !== undefined) {
    const file = readSafetensors(weights, WEIGHTS);
    return { ...found, files: [file], tensors: file.tensors };
  }
  const index = await runtime.read(folder, INDEX, signal);
  if (index !== undefined) return { ...found, ...(await readShards(folder, index, signal)) };
  const checkpoint = await runtime.read(folder, PYTORCH, signal);
  if (checkpoint !== undefined) {
    const file = await parseWeights(checkpoint, PYTORCH);
    return { ...found, files: [file], tensors: file.tensors };
  }
  throw new HashformerError('source', `"${folder}" has a ${CONFIG} but neither ${WEIGHTS}, ${INDEX} nor ${PYTORCH}.`);
}

/**
 * A copy, as save() writes what was loaded, whatever becomes of the caller's bytes. Told by their tag: test runners
 * and iframes have a Uint8Array of their own.
 */
function copyBytes(value: unknown): Uint8Array | undefined {
  const tag = Object.prototype.toString.call(value);
  if (tag === '[object ArrayBuffer]') return new Uint8Array(value as ArrayBuffer).slice();
  return tag === '[object Uint8Array]' && ArrayBuffer.isView(value) ? new Uint8Array(value as Uint8Array) : undefined;
}

/**
 * Reads a model's files.
 *
 * @throws HashformerError `source` (missing, unreadable), `config`, `weights`, `argument`, `aborted`
 */
export async function readSource(source: unknown, signal?: AbortSignal): Promise<ModelFiles> {
  if (source instanceof URL) return readFolder(source.href, signal);
  if (typeof source === 'string' && source !== '') return readFolder(source, signal);
  const { config, weights, tokenizer } = (source ?? {}) as Record<string, unknown>;
  const bytes = copyBytes(weights);
  if (typeof config !== 'object' || config === null || bytes === undefined) {
    throw new HashformerError(
      'argument',
      "A model's source must be a folder's path, an address, or { config: object, weights: Uint8Array }, " +
        `but is ${show(source)}.`,
    );
  }
  const file = await parseWeights(bytes, 'The weights');
  return { config, files: [file], tensors: file.tensors, tokenizer: tokenizer as TokenizerSource | undefined };
}

/**
 * Reads a tokenizer.json: parsed already, the file's path or address, or a folder that holds it.
 *
 * @throws HashformerError `tokenizer`: there is none, or it is not JSON
 */
export async function readTokenizer(source: unknown, signal?: AbortSignal): Promise<unknown> {
  if (source instanceof URL) return readTokenizer(source.href, signal);
  if (typeof source === 'object' && source !== null) return source;
  if (typeof source !== 'string' || source === '') {
    throw new HashformerError(
      'tokenizer',
      `The hash "lsh" counts BPE pieces and needs a ${TOKENIZER}: its path, its address or the parsed object, ` +
        `but got ${show(source)}.`,
    );
  }
  const isFile = source.endsWith('.json');
  const cut = Math.max(source.lastIndexOf('/'), source.lastIndexOf('\\')) + 1;
  const folder = isFile ? source.slice(0, cut) || '.' : source;
  const name = isFile ? source.slice(cut) : TOKENIZER;
  const bytes = await runtime.read(folder, name, signal);
  if (bytes === undefined) {
    throw new HashformerError(
      'tokenizer',
      `The hash "lsh" counts BPE pieces, but there is no ${name} in "${folder}"; put RoBERTa's ${TOKENIZER} beside ` +
        'the weights, or name one.',
    );
  }
  return parseJson(bytes, source, 'tokenizer');
}
