// hashformer/core: the wasm that the caller gives.

import { ABI_VERSION } from '../../assembly/abi.ts';
import { HashformerError } from '../errors.ts';
import { given } from '../runtime/core.ts';
import { type Tier, tierOf } from '../runtime/tier.ts';
import { show } from '../show.ts';

/** A wasm file of the package: compiled, its bytes, or a server's answer. */
export type WasmSource = WebAssembly.Module | BufferSource | Response;

async function compile(source: unknown): Promise<WebAssembly.Module> {
  switch (Object.prototype.toString.call(source)) {
    case '[object WebAssembly.Module]':
      return source as WebAssembly.Module;
    case '[object Response]': {
      const { ok, status, url } = source as Response;
      if (!ok) {
        throw new HashformerError('source', `The wasm file ${show(url)} was answered with status ${status}.`);
      }
      return compile(await (source as Response).arrayBuffer());
    }
  }
  if (!ArrayBuffer.isView(source) && Object.prototype.toString.call(source) !== '[object ArrayBuffer]') {
    throw new HashformerError(
      'argument',
      `The wasm must be a WebAssembly.Module, the bytes of a file of hashformer/wasm/ or a Response with them, but is ${show(source)}.`,
    );
  }
  return WebAssembly.compile(source as BufferSource).catch((cause: Error) => {
    throw new HashformerError(
      'tier',
      `The wasm that was given cannot be compiled here: it is damaged, or this engine lacks what it needs. ${cause.message}`,
      { cause },
    );
  });
}

/**
 * Gives the wasm that models and hashes are computed with from now on: a file of `hashformer/wasm/`. May be called
 * for several tiers; simd is then preferred, as in `hashformer`.
 *
 * @returns the tier of that file
 * @throws HashformerError `argument`, `source`: it is no such file; `tier`: this engine cannot compile it
 */
export async function useWasm(source: WasmSource | Promise<WasmSource>): Promise<Tier> {
  const module = await compile(await source);
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  const { instantiate } = await import('./loader.ts');
  const exports = names.includes('abiVersion') ? await instantiate(module) : undefined;
  if (exports?.abiVersion() !== ABI_VERSION) {
    throw new HashformerError(
      'argument',
      `The wasm must be a file of this package's hashformer/wasm/ (ABI ${ABI_VERSION}), but is ${
        exports === undefined ? 'another module' : `of ABI ${exports.abiVersion()}`
      }.`,
    );
  }
  const tier = tierOf(exports.tier())!;
  given.set(tier, module);
  return tier;
}
