import * as abi from '../../assembly/abi.ts';
import type { Bpe, WeightedPiece } from '../hash/bpe.ts';
import type { HashFormerConfig } from '../model/config.ts';
import type { Hashes } from './backend.ts';
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
/** Bytes of a code. */
export const CODE_BYTES = 16;
/** UTF-8 bytes of one UTF-16 unit at most. */
const BYTES_PER_UNIT = 3;

/** Tokens on their way into wasm. */
export interface HashInput {
  readonly tokens: readonly string[];
  /** All tokens, a newline between two, boundary marks around each where n-grams see them. */
  readonly text: string;
  /** Most bytes that `text` takes in UTF-8. */
  readonly textBytes: number;
  /** Most BPE pieces of one token (LSH). */
  readonly pieces: number;
}

/** Gets tokens into wasm memory and hashes them there. */
export class Hasher {
  readonly #wasm: Exports;
  readonly #memory: WasmMemory;
  readonly #config: HashConfig;
  readonly #bpe: Bpe | undefined;
  readonly #encoder = new TextEncoder();
  /** What stands around each token. */
  readonly #marks: readonly [string, string];
  readonly #kept = new Map<string, { code: Uint8Array; bucket: number }>();
  /** Pieces of tokens that have no code yet. */
  readonly #pending = new Map<string, WeightedPiece[]>();

  /** @param bpe the pieces behind the reference's LSH; only that hash needs it */
  constructor(wasm: Exports, config: HashConfig, bpe?: Bpe) {
    this.#wasm = wasm;
    this.#memory = new WasmMemory(wasm);
    this.#config = config;
    this.#bpe = bpe;
    this.#marks = config.variant === 'ngram' || config.hash === 'simhash' ? ['<', '>'] : ['', ''];
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

  /** What hashInPlace() will write; asked first, as memory is laid out by it. */
  input(tokens: readonly string[]): HashInput {
    if (this.#config.hash === 'lsh') return { tokens, text: '', textBytes: 0, pieces: this.#findPieces(tokens) };
    const [open, close] = this.#marks;
    const text = tokens.length === 0 ? '' : open + tokens.join(`${close}\n${open}`) + close;
    return { tokens, text, textBytes: text.length * BYTES_PER_UNIT, pieces: 0 };
  }

  /** Writes the tokens to the scratch memory prepared for them and hashes them there. */
  hashInPlace({ tokens, text, textBytes }: HashInput): void {
    if (tokens.length === 0) return;
    if (this.#config.hash === 'lsh') {
      this.#writeLshCodes(tokens);
      return;
    }
    const wasm = this.#wasm;
    const bytes = this.#memory.bytes(wasm.region(abi.TEXT), textBytes);
    const { written } = this.#encoder.encodeInto(text, bytes);
    if (wasm.splitText(written) !== tokens.length) this.#writeSpans(tokens, textBytes);
    wasm.hashTokens();
  }

  /** Codes of any strings, 16 bytes each, and their buckets without the offset of 5. */
  hash(tokens: readonly string[]): Hashes {
    this.#hashAlone(tokens);
    const { region } = this.#wasm;
    return {
      codes: this.#memory.bytes(region(abi.CODES), tokens.length * CODE_BYTES).slice(),
      buckets: new Uint32Array(this.#memory.words(region(abi.BUCKETS), tokens.length)),
    };
  }

  /** Buckets of the features of each token (`ngram`). */
  features(tokens: readonly string[]): number[][] {
    if (tokens.length === 0) return [];
    this.#hashAlone(tokens);
    const starts = this.#memory.words(this.#wasm.region(abi.FEATURE_STARTS), tokens.length + 1);
    const features = this.#memory.words(this.#wasm.region(abi.FEATURES), starts[tokens.length]!);
    return tokens.map((_, i) => Array.from(features.subarray(starts[i], starts[i + 1])));
  }

  #hashAlone(tokens: readonly string[]): void {
    const input = this.input(tokens);
    enough(this.#wasm.prepare(tokens.length, input.textBytes, 0, 0, 0, input.pieces, 0, 0));
    this.hashInPlace(input);
  }

  /** As splitText() would, for strings that hold newlines, in which it does not find its way. */
  #writeSpans(tokens: readonly string[], textBytes: number): void {
    const [open, close] = this.#marks;
    const start = this.#wasm.region(abi.TEXT) >>> 0;
    const text = this.#memory.bytes(start, textBytes);
    const spans = this.#memory.words(this.#wasm.region(abi.SPANS), tokens.length * 2);
    let at = 0;
    for (const [i, token] of tokens.entries()) {
      const { written } = this.#encoder.encodeInto(open + token + close, text.subarray(at));
      spans[2 * i] = start + at + open.length;
      spans[2 * i + 1] = written - open.length - close.length;
      at += written;
    }
  }

  /** Finds the BPE pieces of tokens that have no code yet; the most that one of them has. */
  #findPieces(tokens: readonly string[]): number {
    if (this.#kept.size > KEPT_LSH_CODES) this.#kept.clear();
    this.#pending.clear();
    let most = 0;
    for (const token of tokens) {
      if (this.#kept.has(token) || this.#pending.has(token)) continue;
      const pieces = this.#bpe!.pieces(token);
      this.#pending.set(token, pieces);
      most = Math.max(most, pieces.length);
    }
    return most;
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

