import { readFile } from 'node:fs/promises';
import { HashformerError } from '../errors.ts';
import { parseJson } from '../formats/json.ts';
import { HashFormer } from '../model/hashformer.ts';
import type { Source } from '../model/source.ts';
import { show } from '../show.ts';
import { vocabularySize } from '../tokenizer/tokenizer-json.ts';
import { type Preset, type PresetOptions, presetConfig } from '../train/presets.ts';
import { needsTokenizer } from './common-options.ts';

/** @throws HashformerError `source`: unreadable; `code`: not JSON, or no object */
export async function readObject(path: string, code: 'config' | 'tokenizer'): Promise<object> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new HashformerError('source', `"${path}" could not be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
  const json = parseJson(bytes, `"${path}"`, code);
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json;
  throw new HashformerError(code, `"${path}" must hold an object, but holds ${show(json)}.`);
}

/**
 * Fills in what a configuration takes from a tokenizer.json.
 *
 * @param tokenizer its path, or what it holds
 * @throws HashformerError `argument`: it needs one and there is none; `tokenizer`, `source`
 */
export async function completeForTokenizer(
  config: Record<string, unknown>,
  tokenizer: string | object | undefined,
): Promise<void> {
  if (config.hash === 'lsh' && tokenizer === undefined) throw needsTokenizer();
  if (config.variant !== 'vocab') return;
  if (tokenizer === undefined) throw needsTokenizer('The variant "vocab" looks tokens up');
  config.vocab_size ??= vocabularySize(
    typeof tokenizer === 'string' ? await readObject(tokenizer, 'tokenizer') : tokenizer,
  );
}

/** A preset's model with fresh weights, in memory. */
export async function freshModel(
  preset: Preset,
  options: PresetOptions & { readonly tokenizer?: string | undefined },
  seed: number,
  signal: AbortSignal,
): Promise<Source> {
  const { tokenizer, ...fields } = options;
  const config = presetConfig(preset, fields);
  await completeForTokenizer(config, tokenizer);
  const model = await HashFormer.init(config, seed, {
    signal,
    ...(tokenizer === undefined ? {} : { tokenizer }),
  });
  try {
    return await model.save();
  } finally {
    model.dispose();
  }
}
