import { CODE_BYTES } from '../../../assembly/abi.ts';
import { type HashConfig, type Hasher, wordKeys } from '../../architecture/hasher.ts';
import type { TextHash } from '../../architecture/hashes.ts';
import { bytes, doubles, type Numbers } from '../numbers.ts';
import { bucketOf } from './bucket.ts';
import { CODE } from './codes.ts';
import { hmac, type Key, prepareKey } from './hmac.ts';
import { ngrams } from './ngrams.ts';
import { utf8 } from './utf8.ts';

/** Hashes the tokens of models that need no vocabulary. */
export class JsHasher implements Hasher {
  private readonly config: HashConfig;
  private readonly keys: readonly Key[];
  private readonly ngramKey: Key;

  constructor(config: HashConfig) {
    this.config = config;
    this.keys = wordKeys(config).map((key) => prepareKey(utf8(key)));
    this.ngramKey = prepareKey(utf8(config.ngram_key));
  }

  hash(strings: readonly string[]): { codes: Numbers; buckets: Numbers } {
    const codes = bytes(strings.length * CODE_BYTES);
    const buckets = doubles(strings.length);
    for (let i = 0; i < strings.length; i++) {
      const code = this.code(strings[i]!);
      for (let j = 0; j < CODE_BYTES; j++) codes[i * CODE_BYTES + j] = code[j]!;
      buckets[i] = this.bucket(code);
    }
    return { codes, buckets };
  }

  features(strings: readonly string[]): number[][] {
    return strings.map((text) => this.featuresOf(text));
  }

  /** The 16 bytes of a token's code (not for `ngram`). */
  code(token: string): number[] {
    return CODE[this.config.hash as TextHash](token, this.keys[0]!, this.config);
  }

  bucket(code: readonly number[]): number {
    return bucketOf(code, this.config.buckets);
  }

  /** Buckets of a token's features (`ngram`): of the word under each key, then of its n-grams with their marks. */
  featuresOf(token: string): number[] {
    const { ngram_range, max_ngrams } = this.config;
    const text = utf8(`<${token}>`);
    const found = this.keys.map((key) => this.bucket(hmac(text, 1, text.length - 1, key)));
    if (ngram_range !== null) {
      ngrams(text, ngram_range[0], ngram_range[1], max_ngrams, (from, to) => {
        found.push(this.bucket(hmac(text, from, to, this.ngramKey)));
      });
    }
    return found;
  }
}
