/** The package without anything inlined: `hashformer/core`. */
export * from './index.ts';
export { useWasm, type WasmSource } from './wasm/use-wasm.ts';
