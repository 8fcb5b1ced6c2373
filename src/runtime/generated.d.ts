declare module '#wasm/*' {
  /** The wasm file in base64. */
  const base64: string;
  export default base64;
}

declare module '#models/*' {
  export const config: Record<string, unknown>;
  /** The safetensors file in base64. */
  export const weights: string;
}
