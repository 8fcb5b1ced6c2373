import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';
import { INDEX } from './file-names.ts';
import type { StoredTensor, WeightFile } from './stored-tensor.ts';

/** Which of several weight files holds which tensor. */
export interface ShardIndex {
  /** Plain file names, each once, in the order of first mention. */
  files: string[];
  /** File name by tensor name. */
  tensorFile: Map<string, string>;
}

/**
 * Checks a parsed `model.safetensors.index.json` (Hugging Face's sharded checkpoints: `weight_map` maps tensor
 * names to file names). A file name must be plain, so that an index can only name files beside itself.
 *
 * @throws HashformerError `weights`
 */
export function parseShardIndex(json: unknown): ShardIndex {
  const map = (json as { weight_map?: unknown } | null)?.weight_map;
  const entries = typeof map === 'object' && map !== null && !Array.isArray(map) ? Object.entries(map) : [];
  if (entries.length === 0) {
    throw fail(`must have a "weight_map" from tensor names to file names, got ${show(map)}`);
  }
  for (const [tensor, file] of entries) {
    if (typeof file !== 'string' || !/^\w[\w.-]{0,254}$/.test(file)) {
      throw fail(
        `must give the plain name of a file beside it for tensor ${show(tensor)}, got ${show(file)}`,
      );
    }
  }
  const tensorFile = new Map(entries as [string, string][]);
  return { files: [...new Set(tensorFile.values())], tensorFile };
}

/**
 * The tensors of all shards as one file's, in the order of the shards; their metadata without the `checksum`s,
 * which speak of one file each.
 *
 * @param read the read shards by file name
 * @throws HashformerError `weights` where a shard or tensor is missing, or a tensor is in another shard than the
 *   index says
 */
export function mergeShards(index: ShardIndex, read: ReadonlyMap<string, WeightFile>): WeightFile {
  const tensors = new Map<string, StoredTensor>();
  const metadata: Record<string, string> = Object.create(null);
  for (const file of index.files) {
    const shard = read.get(file);
    if (shard === undefined) throw fail(`names the file ${show(file)}, which is missing; download it too`);
    for (const [name, tensor] of shard.tensors) {
      const expected = index.tensorFile.get(name);
      if (expected !== file) {
        throw fail(
          `does not fit ${show(file)}: that holds the tensor ${show(name)}, ${
            expected === undefined ? 'which is not listed' : `expected in ${show(expected)}`
          }; download all files again`,
        );
      }
      tensors.set(name, tensor);
    }
    Object.assign(metadata, shard.metadata);
  }
  for (const [name, file] of index.tensorFile) {
    if (!tensors.has(name)) {
      throw fail(`does not fit ${show(file)}: that lacks the tensor ${show(name)}; download all files again`);
    }
  }
  delete metadata.checksum;
  return { tensors, metadata };
}

function fail(problem: string): HashformerError {
  return new HashformerError('weights', `${INDEX} ${problem}.`);
}
