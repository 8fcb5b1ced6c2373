import * as abi from '../../assembly/abi.ts';
import type { Bpe, WeightedPiece } from '../hash/bpe.ts';
import type { HashFormerConfig } from '../model/config.ts';
import type { HashedToken } from './backend.ts';
import { enough, WasmMemory } from './memory.ts';
import type { Exports } from './module.ts';

/** The part of a configuration that decides what a token hashes to. */
export type HashConfig = Pick<
  HashFormerConfig,
  | 'variant'
  | 'hash'
  | 'hash_key'
  | 'buckets'
  | 'hash_keys'
  | 'ngram_range'
  | 'ngram_key'
  | 'max_ngrams'
  | 'boundary_marks'
  | 'embedding_size'
>;

const VARIANT = { emb: abi.EMB, pool: abi.POOL, add: abi.ADD, proj: abi.PROJ, ngram: abi.NGRAM } as const;
const HASH = { md5: abi.MD5, lsh: abi.LSH, simhash: abi.SIMHASH } as const;
/** LSH codes are kept for this many tokens: each costs hundreds of Gaussian draws a piece. */
const KEPT_LSH_CODES = 20_000;
const CODE_BYTES = 16;
/** UTF-8 bytes of one UTF-16 unit at most; two marks and a newline a token. */
const BYTES_PER_UNIT = 3;
const BYTES_AROUND_TOKEN = 3;

/** Gets tokens into wasm memory and hashes them there. */
export class Hasher {
  readonly #wasm: Exports;
  readonly #memory: WasmMemory;
  readonly #config: HashConfig;
  readonly #bpe: Bpe | undefined;
  readonly #encoder = new TextEncoder();
  readonly #kept = new Map<string, HashedToken>();
  /** Pieces of tokens that have no code yet. */
  readonly #pending = new Map<string, WeightedPiece[]>();

  /** @param bpe the pieces behind the reference's LSH; only that hash needs it */
  constructor(wasm: Exports, config: HashConfig, bpe?: Bpe) {
    this.#wasm = wasm;
    this.#memory = new WasmMemory(wasm);
    this.#config = config;
    this.#bpe = bpe;
    wasm.configureEmbedding(VARIANT[config.variant], config.embedding_size);
    const ngrams = config.variant === 'ngram' || config.hash === 'simhash' ? config.ngram_range : null;
    const [shortest, longest] = ngrams ?? [0, 0];
    const most = ngrams === null ? 0 : config.max_ngrams;
    enough(
      wasm.configureHash(HASH[config.hash], config.buckets, shortest, longest, most, config.boundary_marks),
    );
    const keys = config.variant === 'ngram' ? [...config.hash_keys] : [config.hash_key];
    if (config.variant === 'ngram' && ngrams !== null) keys.push(config.ngram_key);
    for (const key of keys) {
      const bytes = this.#encoder.encode(key);
      const address = enough(wasm.stage(bytes.length));
      this.#memory.bytes(address, bytes.length).set(bytes);
      enough(wasm.addKey(address, bytes.length));
    }
  }

  /** Bytes that writeTokens() needs for these tokens. */
  textBytes(tokens: readonly string[]): number {
    let units = 0;
    for (const token of tokens) units += token.length;
    return units * BYTES_PER_UNIT + tokens.length * BYTES_AROUND_TOKEN;
  }

  /** Most BPE pieces of those tokens that have no code yet; to be asked before scratch memory is prepared. */
  pieceCount(tokens: readonly string[]): number {
    if (this.#config.hash !== 'lsh') return 0;
    if (this.#kept.size > KEPT_LSH_CODES) this.#kept.clear();
    let most = 0;
    for (const token of tokens) {
      if (this.#kept.has(token) || this.#pending.has(token)) continue;
      const pieces = this.#bpe!.pieces(token);
      this.#pending.set(token, pieces);
      most = Math.max(most, pieces.length);
    }
    return most;
  }

  /** Writes the tokens to prepared scratch memory and hashes them there. */
  hashInPlace(tokens: readonly string[]): void {
    if (tokens.length === 0) return;
    if (this.#config.hash === 'lsh') {
      this.#writeLshCodes(tokens);
      return;
    }
    const wasm = this.#wasm;
    const text = this.#memory.bytes(wasm.region(abi.TEXT), this.textBytes(tokens));
    const { written } = this.#encoder.encodeInto(`<${tokens.join('>\n<')}>`, text);
    wasm.splitText(written);
    wasm.hashTokens();
  }

  /** Bits and buckets of any strings, also of such that hold white space. */
  hash(tokens: readonly string[]): HashedToken[] {
    this.#prepare(tokens);
    if (this.#config.hash === 'lsh') this.#writeLshCodes(tokens);
    else {
      this.#writeSpans(tokens);
      this.#wasm.hashTokens();
    }
    const codes = this.#memory.bytes(this.#wasm.region(abi.CODES), tokens.length * CODE_BYTES);
    const buckets = this.#memory.words(this.#wasm.region(abi.BUCKETS), tokens.length);
    return tokens.map((_, i) => ({
      code: codes.slice(i * CODE_BYTES, (i + 1) * CODE_BYTES),
      bucket: buckets[i]! >>> 0,
    }));
  }

  /** Buckets of the features of each token (`ngram`). */
  features(tokens: readonly string[]): number[][] {
    this.#prepare(tokens);
    this.#writeSpans(tokens);
    this.#wasm.hashTokens();
    const starts = this.#memory.words(this.#wasm.region(abi.FEATURE_STARTS), tokens.length + 1);
    const features = this.#memory.words(this.#wasm.region(abi.FEATURES), starts[tokens.length]!);
    return tokens.map((_, i) => Array.from(features.subarray(starts[i], starts[i + 1])));
  }

  #prepare(tokens: readonly string[]): void {
    const pieces = this.pieceCount(tokens);
    enough(this.#wasm.prepare(tokens.length, this.textBytes(tokens), 0, 0, 0, pieces, 0, 0));
  }

  /** As splitText() would, for strings in which it would not find its way. */
  #writeSpans(tokens: readonly string[]): void {
    const start = this.#wasm.region(abi.TEXT) >>> 0;
    const text = this.#memory.bytes(start, this.textBytes(tokens));
    const spans = this.#memory.words(this.#wasm.region(abi.SPANS), tokens.length * 2);
    let at = 0;
    for (const [i, token] of tokens.entries()) {
      const { written } = this.#encoder.encodeInto(`<${token}>`, text.subarray(at));
      spans[2 * i] = start + at + 1;
      spans[2 * i + 1] = written - 2;
      at += written;
    }
  }

  /** Codes of tokens by the reference's LSH: pieces from the host, sums of Gaussian vectors in wasm. */
  #writeLshCodes(tokens: readonly string[]): void {
    const wasm = this.#wasm;
    for (const [token, pieces] of this.#pending) {
      const address = wasm.region(abi.PIECES);
      const ids = this.#memory.words(address, pieces.length * 4);
      const weights = this.#memory.doubles(address, pieces.length * 2);
      for (const [i, { id, weight }] of pieces.entries()) {
        ids[4 * i] = id;
        weights[2 * i + 1] = weight;
      }
      wasm.hashPieces(0, pieces.length);
      const code = this.#memory.bytes(wasm.region(abi.CODES), CODE_BYTES).slice();
      const bucket = this.#config.variant === 'emb' ? wasm.bucketPieces(pieces.length) % this.#config.buckets : 0;
      this.#kept.set(token, { code, bucket });
    }
    this.#pending.clear();
    const codes = this.#memory.bytes(wasm.region(abi.CODES), tokens.length * CODE_BYTES);
    const buckets = this.#memory.words(wasm.region(abi.BUCKETS), tokens.length);
    for (const [i, token] of tokens.entries()) {
      const { code, bucket } = this.#kept.get(token)!;
      codes.set(code, i * CODE_BYTES);
      buckets[i] = bucket;
    }
  }
}

