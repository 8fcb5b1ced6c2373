declare module '#wasm/*' {
  /** The wasm file in base64. */
  const base64: string;
  export default base64;
}

declare module '#wasm-module/*' {
  /** The wasm file as a module of the place. */
  const module: WebAssembly.Module;
  export default module;
}

declare module '#config/*' {
  /** The parsed config.json. */
  const config: Record<string, unknown>;
  export default config;
}

declare module '#models/*' {
  export const config: Record<string, unknown>;
  /** The safetensors file in base64. */
  export const weights: string;
}

declare module '#weights/*' {
  /** The safetensors file. */
  const bytes: ArrayBuffer;
  export default bytes;
}

declare module '#report/page' {
  /** What the page of a report runs and looks like, and their hashes as a content security policy has them. */
  export const script: string;
  export const scriptHash: string;
  export const style: string;
  export const styleHash: string;
}
