import * as abi from '../../assembly/abi.ts';
import { type HashConfig, readsNgrams, wordKeys } from '../architecture/hasher.ts';
import { HASH } from '../architecture/hashes.ts';
import { VARIANT } from '../architecture/variants.ts';
import type { Exports } from '../wasm/exports.ts';
import { enough, WasmMemory } from '../wasm/memory.ts';

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
export interface PieceHasher {
  /** Most pieces that one of these tokens has; asked before scratch memory is laid out. */
  pieceCount(tokens: readonly string[]): number;
  /** Writes the codes and buckets of the tokens that were just asked for. */
  writeCodes(wasm: Exports, tokens: readonly string[]): void;
}

/** Gets tokens into wasm memory and hashes them there. */
export class WasmHasher {
  readonly wasm: Exports;
  readonly memory: WasmMemory;
  readonly #pieces: PieceHasher | undefined;
  readonly encoder = new TextEncoder();
  /** What stands around each token: n-grams see it. */
  readonly marks: readonly [string, string];

  /** @param pieces only a hash that reads pieces needs it */
  constructor(wasm: Exports, config: HashConfig, pieces?: PieceHasher) {
    this.wasm = wasm;
    this.memory = new WasmMemory(wasm);
    this.#pieces = pieces;
    const { number, lookUp } = VARIANT[config.variant];
    const marked = readsNgrams(config);
    this.marks = marked ? ['<', '>'] : ['', ''];
    const ngrams = marked ? config.ngram_range : null;
    const [shortest, longest] = ngrams ?? [0, 0];
    wasm.configureEmbedding(number, config.embedding_size);
    const most = ngrams === null ? 0 : config.max_ngrams;
    enough(
      wasm.configureHash(
        HASH[config.hash].number,
        config.buckets,
        shortest,
        longest,
        most,
        config.boundary_marks,
      ),
    );
    const keys = [...wordKeys(config)];
    if (lookUp === 'features' && ngrams !== null) keys.push(config.ngram_key);
    for (const key of keys) {
      const bytes = this.encoder.encode(key);
      const address = enough(wasm.stage(bytes.length));
      this.memory.bytes(address, bytes.length).set(bytes);
      enough(wasm.addKey(address, bytes.length));
    }
  }

  /** What hashInPlace() will write; asked first, as memory is laid out by it. */
  input(tokens: readonly string[]): HashInput {
    if (this.#pieces) return { tokens, text: '', textBytes: 0, pieces: this.#pieces.pieceCount(tokens) };
    const [open, close] = this.marks;
    const text = tokens.length === 0 ? '' : open + tokens.join(`${close}\n${open}`) + close;
    return { tokens, text, textBytes: text.length * BYTES_PER_UNIT, pieces: 0 };
  }

  /**
   * Writes the tokens to the scratch memory prepared for them and hashes them there.
   *
   * @param writeSpans says where each token is when newlines in them hide it
   */
  hashInPlace(input: HashInput, writeSpans?: (hasher: WasmHasher, input: HashInput) => void): void {
    const { tokens, text, textBytes } = input;
    if (tokens.length === 0) return;
    if (this.#pieces) {
      this.#pieces.writeCodes(this.wasm, tokens);
      return;
    }
    const { wasm, memory } = this;
    const bytes = memory.bytes(wasm.region(abi.TEXT), textBytes);
    const { written } = this.encoder.encodeInto(text, bytes);
    // Only strings that are no tokens hold newlines.
    if (wasm.splitText(written) !== tokens.length) writeSpans?.(this, input);
    wasm.hashTokens();
  }
}
