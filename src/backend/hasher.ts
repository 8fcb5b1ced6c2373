import * as abi from '../../assembly/abi.ts';
import type { HashFormerConfig } from '../architecture/config.ts';
import type { Exports } from '../wasm/exports.ts';
import { enough, WasmMemory } from '../wasm/memory.ts';

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

const VARIANT = {
  emb: abi.EMB,
  pool: abi.POOL,
  add: abi.ADD,
  proj: abi.PROJ,
  ngram: abi.NGRAM,
  vocab: abi.VOCAB,
} as const;
const HASH = { md5: abi.MD5, lsh: abi.LSH, simhash: abi.SIMHASH } as const;
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

/** A hash that needs more of a token than its text: the reference's LSH, which counts BPE pieces. */
export interface TokenHasher {
  /** Most pieces that one of these tokens has; asked before scratch memory is laid out. */
  pieceCount(tokens: readonly string[]): number;
  /** Writes the codes and buckets of the tokens that were just asked for. */
  writeCodes(wasm: Exports, tokens: readonly string[]): void;
}

/** Gets tokens into wasm memory and hashes them there. */
export class Hasher {
  readonly wasm: Exports;
  readonly memory: WasmMemory;
  readonly #lsh: TokenHasher | undefined;
  readonly encoder = new TextEncoder();
  /** What stands around each token. */
  readonly marks: readonly [string, string];

  /** @param lsh the reference's LSH; only that hash needs it */
  constructor(wasm: Exports, config: HashConfig, lsh?: TokenHasher) {
    this.wasm = wasm;
    this.memory = new WasmMemory(wasm);
    this.#lsh = lsh;
    this.marks = config.variant === 'ngram' || config.hash === 'simhash' ? ['<', '>'] : ['', ''];
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
      const bytes = this.encoder.encode(key);
      const address = enough(wasm.stage(bytes.length));
      this.memory.bytes(address, bytes.length).set(bytes);
      enough(wasm.addKey(address, bytes.length));
    }
  }

  /** What hashInPlace() will write; asked first, as memory is laid out by it. */
  input(tokens: readonly string[]): HashInput {
    if (this.#lsh) return { tokens, text: '', textBytes: 0, pieces: this.#lsh.pieceCount(tokens) };
    const [open, close] = this.marks;
    const text = tokens.length === 0 ? '' : open + tokens.join(`${close}\n${open}`) + close;
    return { tokens, text, textBytes: text.length * BYTES_PER_UNIT, pieces: 0 };
  }

  /**
   * Writes the tokens to the scratch memory prepared for them and hashes them there.
   *
   * @param writeSpans says where each token is when newlines in them hide it
   */
  hashInPlace(input: HashInput, writeSpans?: (hasher: Hasher, input: HashInput) => void): void {
    const { tokens, text, textBytes } = input;
    if (tokens.length === 0) return;
    if (this.#lsh) {
      this.#lsh.writeCodes(this.wasm, tokens);
      return;
    }
    const wasm = this.wasm;
    const bytes = this.memory.bytes(wasm.region(abi.TEXT), textBytes);
    const { written } = this.encoder.encodeInto(text, bytes);
    // Only strings that are no tokens hold newlines.
    if (wasm.splitText(written) !== tokens.length) writeSpans?.(this, input);
    wasm.hashTokens();
  }
}
