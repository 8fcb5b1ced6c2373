// What `add` and `proj` share: a float32 layer over the 128 bits of a token.

import { HASH_BITS } from '../../../assembly/abi.ts';
import type { JsHasher } from '../hash/js-hasher.ts';
import { f32 } from '../kernel/f32.ts';
import { floats, type Numbers } from '../numbers.ts';
import type { EmbedSequence } from './embed.ts';
import { eachToken } from './tokens.ts';

/** The bits of a code as 0 and 1; of a special token, which has no code, none is set. */
function expandBits(code: readonly number[] | null): Numbers {
  const bits = floats(HASH_BITS);
  if (code === null) return bits;
  for (let i = 0; i < HASH_BITS; i++) bits[i] = (code[i >> 3]! >> (7 - (i & 7))) & 1;
  return bits;
}

/** out = W · bits + bias in float32 arithmetic, over the bits in order. */
export function applyBitLayer(
  bits: Numbers,
  weights: readonly Numbers[],
  bias: Numbers | null,
  out: Numbers,
): void {
  for (let j = 0; j < weights.length; j++) {
    const row = weights[j]!;
    let total = bias === null ? 0 : bias[j]!;
    for (let i = 0; i < HASH_BITS; i++) if (bits[i] !== 0) total = f32(total + f32(bits[i]! * row[i]!));
    out[j] = total;
  }
}

/** Token by token, of which `embed` gets the bits. */
export function bitsOfTokens(hasher: JsHasher, embed: (bits: Numbers, out: Numbers) => void): EmbedSequence {
  return eachToken((token, _, out) => embed(expandBits(token === null ? null : hasher.code(token)), out));
}
