import type { Tier } from './tier.ts';

/** Names of the models that the package ships. */
export const SHIPPED_MODELS = ['sentiment', 'sentence'] as const;
export type ShippedModel = (typeof SHIPPED_MODELS)[number];

export function isShipped(name: unknown): name is ShippedModel {
  return SHIPPED_MODELS.includes(name as ShippedModel);
}

/**
 * What differs between the places the package runs in: a file a place, picked by package.json's conditional
 * exports. Nothing here runs before it is called.
 */
export interface Runtime {
  /** The wasm file of a tier, or what it was compiled to where compiling at run time is not allowed. */
  wasm(tier: Tier): Promise<Uint8Array | WebAssembly.Module>;
  /** A file of the package (`wasm/simd.wasm`) where files can be read; undefined where there is only what is inlined. */
  file?(path: string): Promise<Uint8Array | undefined>;
  /** The tier to use where none is asked for; without it simd, or scalar on engines that lack it. */
  tier?(): Tier;
  /** A shipped model: its parsed config.json and its weights. */
  model(name: ShippedModel): Promise<{ config: unknown; weights: Uint8Array }>;
  /**
   * The file `name` of a model's folder, a path or an address; undefined where there is no such file.
   *
   * @throws HashformerError `source`: it exists but cannot be read
   */
  read(folder: string, name: string, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** Writes files into a folder, which is made. Each appears whole or not at all. */
  write(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void>;
}
