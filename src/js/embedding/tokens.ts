import { ORDINARY } from '../../../assembly/abi.ts';
import type { Numbers } from '../numbers.ts';
import type { EmbedSequence } from './embed.ts';

/** Token by token: `embed` gets an ordinary token, or null and a special token's id. */
export function eachToken(embed: (token: string | null, id: number, out: Numbers) => void): EmbedSequence {
  return ({ ids, tokens }, out) => {
    let next = 0;
    for (let t = 0; t < ids.length; t++) {
      const id = ids[t]!;
      embed(id === ORDINARY ? tokens[next++]! : null, id, out[t]!);
    }
  };
}
