// hashformer/core: nothing is inlined. The caller gives the wasm and names every model.

import { HashformerError } from '../errors.ts';
import type { Runtime } from './runtime.ts';
import type { Tier } from './tier.ts';
import { read, write } from './web.ts';

/** Relaxed last: its results differ from engine to engine. */
const PREFERRED: readonly Tier[] = ['simd', 'scalar', 'relaxed'];

/** What useWasm() was given. */
export const given = new Map<Tier, WebAssembly.Module>();

export const runtime: Runtime = {
  wasm: async (tier) => {
    const module = given.get(tier);
    if (module !== undefined) return module;
    throw new HashformerError(
      'tier',
      `hashformer/core has no wasm of its own; call useWasm() with hashformer/wasm/${tier}.wasm first.`,
    );
  },
  tier: () => PREFERRED.find((tier) => given.has(tier)) ?? 'simd',
  model: async (name) => {
    throw new HashformerError(
      'argument',
      `hashformer/core has no model of its own; name one, or give { config, weights } of hashformer/models/${name}/.`,
    );
  },
  read,
  write,
};
