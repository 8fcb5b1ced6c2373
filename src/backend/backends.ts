import type { Backend, CreateBackend } from './backend.ts';
import { createWasmBackend } from './wasm-backend.ts';

/** All backends, by the names that callers know them by; what few ask for is loaded when it is asked for. */
export const BACKENDS = {
  wasm: createWasmBackend,
  reference: async (parts) => (await import('./reference-backend.ts')).createReferenceBackend(parts),
} as const satisfies Record<string, CreateBackend>;

export type BackendName = keyof typeof BACKENDS;
export const BACKEND_NAMES = Object.keys(BACKENDS) as BackendName[];

/** A model's backend, and what a caller may know of it. */
export interface Adapter {
  readonly backend: BackendName;
  /** The device: of `wasm` its tier, of `reference` the numbers that it computes with. */
  readonly name: string;
  /** Why it computes there and not where was asked for; null where it is what was asked for. */
  readonly reason: string | null;
}

export function adapterOf(backend: BackendName, { device: { name, reason } }: Backend): Adapter {
  return Object.freeze({ backend, name, reason });
}
