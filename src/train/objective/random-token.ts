import { HASH_BITS } from '../../../assembly/abi.ts';
import type { HashFormerConfig } from '../../architecture/config.ts';
import { VARIANT } from '../../architecture/variants.ts';
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
 * A token that no text has, as its variant looks tokens up: random bits, of which each token has its own rate of ones, a
 * random bucket, as many random buckets as the token in its place has features (more are drawn and not used), or any id.
 */
export function randomToken(config: HashFormerConfig, random: Random): RandomToken {
  const { lookUp } = VARIANT[config.variant];
  switch (lookUp) {
    case 'bucket':
      return { bucket: random.integer(config.buckets) };
    case 'features': {
      const most = config.hash_keys.length + (config.ngram_range === null ? 0 : config.max_ngrams);
      return { features: Uint32Array.from({ length: most }, () => random.integer(config.buckets)) };
    }
    case 'id':
      return { id: random.integer(config.vocab_size!) };
    case 'code':
      return { code: randomCode(random) };
    default:
      return lookUp satisfies never;
  }
}
