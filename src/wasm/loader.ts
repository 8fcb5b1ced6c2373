// The one file that knows AssemblyScript's loader, which its authors have deprecated: what replaces it goes here.

import { demangle } from '@assemblyscript/loader';
import type { Exports } from './exports.ts';

/** An instance of a compiled module, which imports nothing and exports plain functions and its memory. */
export async function instantiate(module: WebAssembly.Module): Promise<Exports> {
  const instance = await WebAssembly.instantiate(module, {});
  return demangle<Exports & Record<string, unknown>>(instance.exports);
}
