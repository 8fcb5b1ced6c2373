import { runtime } from '#runtime';
import type { Runtime } from '../runtime/runtime.ts';
import type { Exports } from './exports.ts';
import { withinMemory } from './memory.ts';
import type { Tier } from './tier.ts';

/**
 * The smallest module that needs SIMD (a function that returns a splatted zero): whether an engine validates
 * it tells whether it has SIMD, without compiling anything.
 */
const SIMD_MODULE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98,
  11,
];

async function engineTier(): Promise<Tier> {
  if (typeof WebAssembly === 'undefined') throw (await import('./tier-error.ts')).noWebAssembly();
  return WebAssembly.validate(new Uint8Array(SIMD_MODULE)) ? 'simd' : 'scalar';
}

/** Compiled modules by tier, each compiled when it is first asked for. */
export type Compiled = Map<Tier, Promise<WebAssembly.Module>>;

const inference: Compiled = new Map();

async function compile(tier: Tier, bytesOf: Runtime['wasm']): Promise<WebAssembly.Module> {
  const bytes = await bytesOf(tier);
  try {
    return await WebAssembly.compile(bytes as BufferSource);
  } catch (cause) {
    throw (await import('./tier-error.ts')).tierError(tier, cause);
  }
}

/**
 * A fresh instance with a memory of its own.
 *
 * @param tier without one: simd, or scalar on engines that lack it
 * @param bytesOf, compiled where a module with the same exports and more comes from, and where it is kept
 * @throws HashformerError `tier`: the engine lacks the tier or computes it wrongly
 */
export async function instantiateModule(
  tier?: Tier,
  bytesOf = runtime.wasm,
  compiled = inference,
): Promise<{ exports: Exports; tier: Tier }> {
  const chosen = tier ?? (await engineTier());
  let module = compiled.get(chosen);
  if (module === undefined) {
    module = compile(chosen, bytesOf);
    compiled.set(chosen, module);
    module.catch(() => compiled.delete(chosen));
  }
  const program = await module;
  const { instantiate } = await import('./loader.ts');
  const exports = await withinMemory(() => instantiate(program));
  if (!exports.probe()) throw (await import('./tier-error.ts')).tierError(chosen);
  return { exports, tier: chosen };
}
