import type { HashFormerConfig } from '../../architecture/config.ts';
import { HASH_BITS } from '../../model/layout.ts';
import type { Replacement } from '../engine/micro-batch.ts';
import type { Random } from '../numeric/random.ts';

type Unplaced<R> = R extends Replacement ? Omit<R, 'index'> : never;

/** What a random token is: a hash, or with a vocabulary an id. */
export type RandomToken = Unplaced<Replacement> | { readonly id: number };

/** 128 bits that are 1 with a probability of their own. */
function randomCode(random: Random): Uint8Array {
  const rate = random.uniform();
  const code = new Uint8Array(HASH_BITS / 8);
  for (let i = 0; i < HASH_BITS; i++) code[i >> 3]! |= Number(random.bernoulli(rate)) << (7 - (i & 7));
  return code;
}

/**
 * A token that no text has: random bits, of which each token has its own rate of ones (`pool`, `add`, `proj`), a random
 * bucket (`emb`), as many random buckets as the token in its place has (`ngram`: more are drawn and not used), or any
 * id (`vocab`).
 */
export function randomToken(config: HashFormerConfig, random: Random): RandomToken {
  switch (config.variant) {
    case 'emb':
      return { bucket: random.integer(config.buckets) };
    case 'ngram': {
      const most = config.hash_keys.length + (config.ngram_range === null ? 0 : config.max_ngrams);
      return { features: Uint32Array.from({ length: most }, () => random.integer(config.buckets)) };
    }
    case 'vocab':
      return { id: random.integer(config.vocab_size!) };
    case 'pool':
    case 'add':
    case 'proj':
      return { code: randomCode(random) };
  }
}
