import type { HashConfig } from '../../backend/hasher.ts';
import { bucketOf } from './bucket.ts';
import { hmac, type Key, prepareKey } from './hmac.ts';
import { ngrams } from './ngrams.ts';
import { simhash } from './simhash.ts';
import { utf8 } from './utf8.ts';

/** Hashes tokens by MD5 or SimHash. */
export class Hasher {
  readonly config: HashConfig;
  readonly keys: readonly Key[];
  readonly ngramKey: Key;

  constructor(config: HashConfig) {
    this.config = config;
    const { variant, hash_keys, hash_key, ngram_key } = config;
    this.keys = (variant === 'ngram' ? hash_keys : [hash_key]).map((key) => prepareKey(utf8(key)));
    this.ngramKey = prepareKey(utf8(ngram_key));
  }

  /** The 16 bytes of a token's code (not for `ngram`). */
  code(token: string): number[] {
    const { hash, ngram_range, boundary_marks } = this.config;
    const key = this.keys[0]!;
    if (hash === 'simhash') {
      const [shortest, longest] = ngram_range!;
      return simhash(utf8(boundary_marks ? `<${token}>` : token), shortest, longest, key);
    }
    const bytes = utf8(token);
    return hmac(bytes, 0, bytes.length, key);
  }

  bucket(code: readonly number[]): number {
    return bucketOf(code, this.config.buckets);
  }

  /** Buckets of a token's features (`ngram`): of the word under each key, then of its n-grams with their marks. */
  features(token: string): number[] {
    const { ngram_range, max_ngrams } = this.config;
    const bytes = utf8(`<${token}>`);
    const found = this.keys.map((key) => this.bucket(hmac(bytes, 1, bytes.length - 1, key)));
    if (ngram_range !== null) {
      ngrams(bytes, ngram_range[0], ngram_range[1], max_ngrams, (from, to) => {
        found.push(this.bucket(hmac(bytes, from, to, this.ngramKey)));
      });
    }
    return found;
  }
}
