import { POOL_CHUNK_BITS, POOL_CHUNKS } from '../../../assembly/abi.ts';
import { exp } from '../kernel/exp.ts';
import { f32 } from '../kernel/f32.ts';
import { floats, type Numbers } from '../numbers.ts';
import type { CreateEmbed } from './embed.ts';
import { eachToken } from './tokens.ts';

/** Bits `10 · chunk` and on, most significant first; the last chunk is a byte. */
function chunkOf(code: readonly number[], chunk: number): number {
  const first = chunk * POOL_CHUNK_BITS;
  const byte = first >> 3;
  if (chunk === POOL_CHUNKS - 1) return code[byte]!;
  const window = (code[byte]! << 8) | code[byte + 1]!;
  return (window >> (16 - POOL_CHUNK_BITS - (first & 7))) & ((1 << POOL_CHUNK_BITS) - 1);
}

/** What each chunk counts for: softmax over the 13 chunks, for each dimension. */
function chunkWeights(rows: readonly Numbers[]): readonly Numbers[] {
  for (let i = 0; i < rows[0]!.length; i++) {
    let largest = rows[0]![i]!;
    for (const row of rows) if (row[i]! > largest) largest = row[i]!;
    let total = 0;
    for (const row of rows) {
      row[i] = exp(f32(row[i]! - largest));
      total = f32(total + row[i]!);
    }
    for (const row of rows) row[i] = f32(row[i]! / total);
  }
  return rows;
}

/** `pool`: Σ over chunks of weight · component row (chunk + 1); special tokens look up row 0 13 times. */
export const embedPool: CreateEmbed = (weights, hasher) => {
  const shares = chunkWeights(weights.matrix('embedding.component_weights'));
  const addComponent = weights.table('embedding.components');
  return eachToken((token, _, out) => {
    const code = token === null ? null : hasher.code(token);
    for (let chunk = 0; chunk < POOL_CHUNKS; chunk++) {
      const component = floats(out.length);
      addComponent(code === null ? 0 : chunkOf(code, chunk) + 1, component);
      const share = shares[chunk]!;
      for (let i = 0; i < out.length; i++) out[i] = f32(out[i]! + f32(component[i]! * share[i]!));
    }
  });
};
