import { runtime } from '#runtime';
import { fromBase64 } from '../../runtime/base64.ts';
import type { Tier } from '../../runtime/tier.ts';
import { type Compiled, instantiateModule } from '../../wasm/module.ts';
import type { TrainingExports } from './training-exports.ts';

const compiled: Compiled = new Map();

/** In base64; written out one by one so that bundlers see every file. */
async function inlined(tier: Tier): Promise<string> {
  switch (tier) {
    case 'simd':
      return (await import('#wasm/training-simd')).default;
    case 'relaxed':
      return (await import('#wasm/training-relaxed')).default;
    case 'scalar':
      return (await import('#wasm/training-scalar')).default;
  }
}

async function bytesOf(tier: Tier): Promise<Uint8Array> {
  return (await runtime.file?.(`wasm/training-${tier}.wasm`)) ?? fromBase64(await inlined(tier));
}

/** A fresh instance of the training module; see instantiateModule(). */
export async function instantiateTraining(tier?: Tier): Promise<{ exports: TrainingExports; tier: Tier }> {
  const { exports, tier: chosen } = await instantiateModule(tier, bytesOf, compiled);
  return { exports: exports as TrainingExports, tier: chosen };
}
