import { runtime } from '#runtime';
import type { Runtime } from '../runtime/runtime.ts';
import type { Tier, TierChoice } from '../runtime/tier.ts';
import type { Exports } from './exports.ts';
import { withinMemory } from './memory.ts';

/**
 * The smallest module that needs SIMD (a function that returns a splatted zero): whether an engine validates
 * it tells whether it has SIMD, without compiling anything.
 */
const SIMD_MODULE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98,
  11,
];

function engineTier(): Tier {
  return WebAssembly.validate(new Uint8Array(SIMD_MODULE)) ? 'simd' : 'scalar';
}

/** Compiled modules by tier, each compiled when it is first asked for. */
export type Compiled = Map<Tier, Promise<WebAssembly.Module>>;

const inference: Compiled = new Map();

async function compile(tier: Tier, fileOf: Runtime['wasm']): Promise<WebAssembly.Module> {
  const file = await fileOf(tier);
  return ArrayBuffer.isView(file) ? WebAssembly.compile(file as BufferSource) : file;
}

/**
 * A fresh instance with a memory of its own.
 *
 * @param tier without one: simd, or scalar on engines that lack it
 * @param fileOf, compiled where a module with the same exports and more comes from, and where it is kept
 * @throws HashformerError `tier`: the engine lacks the tier or computes it wrongly; `memory`
 */
export async function instantiateModule(
  tier?: TierChoice,
  fileOf = runtime.wasm,
  compiled = inference,
): Promise<{ exports: Exports; tier: Tier }> {
  if (tier === 'fastest') {
    const { fastestTier } = await import('./fastest-tier.ts');
    tier = await fastestTier((one) => instantiateModule(one, fileOf, compiled));
  }
  let problem: unknown;
  try {
    tier ??= runtime.tier?.() ?? engineTier();
    let module = compiled.get(tier);
    if (module === undefined) {
      module = compile(tier, fileOf);
      compiled.set(tier, module);
    }
    const program = await module;
    const { instantiate } = await import('./loader.ts');
    const exports = await withinMemory(() => instantiate(program));
    if (exports.probe()) return { exports, tier };
  } catch (cause) {
    problem = cause;
    compiled.delete(tier!);
  }
  throw (await import('./tier-error.ts')).tierError(tier, problem);
}
