import { CODE_BYTES } from '../../../assembly/abi.ts';
import { wordKeys } from '../../architecture/hasher.ts';
import { VARIANT } from '../../architecture/variants.ts';
import { hashTokens } from '../../hash-token.ts';
import type { Learner } from '../engine/learner.ts';

/** Tokens whose codes are kept. */
const MOST = 1 << 17;

/**
 * What tokens hash to, 128 bits each. Variants without one hash of a token (`ngram`, `vocab`) have the MD5 of its text
 * under their first key. Codes are kept, as a corpus has the same tokens again and again.
 */
export class Signatures {
  readonly #learner: Learner;
  readonly #codes = new Map<string, Uint8Array>();

  constructor(learner: Learner) {
    this.#learner = learner;
  }

  /** Hashes those of the tokens that are not known yet, all at once. */
  async add(tokens: Iterable<string>): Promise<void> {
    if (this.#codes.size > MOST) this.#codes.clear();
    const fresh = [...new Set(tokens)].filter((token) => !this.#codes.has(token));
    if (fresh.length === 0) return;
    const codes = await this.#hash(fresh);
    for (const [i, token] of fresh.entries()) {
      this.#codes.set(token, codes.slice(i * CODE_BYTES, (i + 1) * CODE_BYTES));
    }
  }

  /** The code of a token that was added last. */
  get(token: string): Uint8Array {
    return this.#codes.get(token)!;
  }

  async #hash(tokens: readonly string[]): Promise<Uint8Array> {
    const { config, backend } = this.#learner;
    const { lookUp } = VARIANT[config.variant];
    switch (lookUp) {
      case 'bucket':
      case 'code':
        return (await backend.inference.hasher()).hash(tokens).codes;
      case 'features':
      case 'id':
        return (await hashTokens(tokens, { key: wordKeys(config)[0]! })).codes;
      default:
        return lookUp satisfies never;
    }
  }
}
