import { HashformerError } from '../errors.ts';
import { CONFIG, INDEX, PYTORCH, WEIGHTS } from '../formats/file-names.ts';
import { parseJson } from '../formats/json.ts';
import { mergeShards, parseShardIndex } from '../formats/shards.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { ModelFiles, SourceFile } from './model-files.ts';

/** What readFolder() needs of the core, so that this chunk does not repeat it. */
export interface Readers {
  readonly read: Runtime['read'];
  /** The tensors of a file, whose name errors say. */
  readonly parseWeights: (bytes: Uint8Array, name: string) => Promise<SourceFile>;
}

async function readShards(
  folder: string,
  index: Uint8Array,
  { read, parseWeights }: Readers,
  signal: AbortSignal | undefined,
) {
  const { files: names, tensorFile } = parseShardIndex(parseJson(index, INDEX, 'weights'));
  const shards = new Map<string, SourceFile>();
  for (const name of names) {
    const bytes = await read(folder, name, signal);
    if (bytes === undefined) {
      throw new HashformerError('source', `"${folder}" lacks "${name}", which its ${INDEX} names.`);
    }
    shards.set(name, await parseWeights(bytes, name));
  }
  return { files: [...shards.values()], tensors: mergeShards({ files: names, tensorFile }, shards).tensors };
}

/** What there is to say where a folder may be meant as a model's name on a hub: `owner/name`, or `name`. */
function onHubs(folder: string): string {
  if (!/^\w[\w.-]*(\/[\w.-]+)?$/.test(folder)) return '';
  return (
    ' If it is the name of a model on Hugging Face: names are not downloaded: give ' +
    `https://huggingface.co/${folder}/resolve/main, or the folder of a copy.`
  );
}

/**
 * Reads the model in a folder: config.json and, in this order, model.safetensors, its shards or the reference's
 * pytorch_model.bin.
 *
 * @param folder a path or an address
 * @throws HashformerError as readSource()
 */
export async function readFolder(
  folder: string,
  readers: Readers,
  signal: AbortSignal | undefined,
): Promise<ModelFiles> {
  const { read, parseWeights } = readers;
  const config = await read(folder, CONFIG, signal);
  if (config === undefined) {
    throw new HashformerError(
      'source',
      `"${folder}" is no model's folder: it has no ${CONFIG} (a ${WEIGHTS} belongs beside it).${onHubs(folder)}`,
    );
  }
  const parsed = parseJson(config, CONFIG, 'config');
  const found = { config: parsed, tokenizer: folder };
  const weights = await read(folder, WEIGHTS, signal);
  if (weights !== undefined) {
    const file = await parseWeights(weights, WEIGHTS);
    return { ...found, files: [file], tensors: file.tensors };
  }
  const index = await read(folder, INDEX, signal);
  if (index !== undefined) return { ...found, ...(await readShards(folder, index, readers, signal)) };
  const checkpoint = await read(folder, PYTORCH, signal);
  if (checkpoint !== undefined) {
    const file = await parseWeights(checkpoint, PYTORCH);
    return { ...found, files: [file], tensors: file.tensors };
  }
  throw new HashformerError(
    'source',
    `"${folder}" has a ${CONFIG} but neither ${WEIGHTS}, ${INDEX} nor ${PYTORCH}.`,
  );
}
