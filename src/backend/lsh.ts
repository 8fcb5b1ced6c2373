import * as abi from '../../assembly/abi.ts';
import type { HashConfig } from '../architecture/hasher.ts';
import { VARIANT } from '../architecture/variants.ts';
import type { Bpe, WeightedPiece } from '../tokenizer/bpe.ts';
import type { Exports } from '../wasm/exports.ts';
import { WasmMemory } from '../wasm/memory.ts';
import type { PieceHasher } from './wasm-hasher.ts';

/** Codes are kept for this many tokens: each costs hundreds of Gaussian draws a piece. */
const KEPT_CODES = 20_000;

/** The reference's LSH: pieces from the host, sums of Gaussian vectors in wasm. */
export class LshHasher implements PieceHasher {
  readonly #bpe: Bpe;
  readonly #config: Pick<HashConfig, 'variant' | 'buckets'>;
  readonly #kept = new Map<string, { code: Uint8Array; bucket: number }>();
  /** Pieces of tokens that have no code yet. */
  readonly #pending = new Map<string, WeightedPiece[]>();

  constructor(bpe: Bpe, config: Pick<HashConfig, 'variant' | 'buckets'>) {
    this.#bpe = bpe;
    this.#config = config;
  }

  pieceCount(tokens: readonly string[]): number {
    if (this.#kept.size > KEPT_CODES) this.#kept.clear();
    this.#pending.clear();
    let most = 0;
    for (const token of tokens) {
      if (this.#kept.has(token) || this.#pending.has(token)) continue;
      const pieces = this.#bpe.pieces(token);
      this.#pending.set(token, pieces);
      most = Math.max(most, pieces.length);
    }
    return most;
  }

  writeCodes(wasm: Exports, tokens: readonly string[]): void {
    const memory = new WasmMemory(wasm);
    for (const [token, pieces] of this.#pending) {
      const address = wasm.region(abi.PIECES);
      const ids = memory.words(address, pieces.length * 4);
      const weights = memory.doubles(address, pieces.length * 2);
      for (const [i, { id, weight }] of pieces.entries()) {
        ids[4 * i] = id;
        weights[2 * i + 1] = weight;
      }
      wasm.hashPieces(0, pieces.length);
      const code = memory.bytes(wasm.region(abi.CODES), abi.CODE_BYTES).slice();
      const bucket =
        VARIANT[this.#config.variant].lookUp === 'bucket'
          ? wasm.bucketPieces(pieces.length) % this.#config.buckets
          : 0;
      this.#kept.set(token, { code, bucket });
    }
    this.#pending.clear();
    const codes = memory.bytes(wasm.region(abi.CODES), tokens.length * abi.CODE_BYTES);
    const buckets = memory.words(wasm.region(abi.BUCKETS), tokens.length);
    for (const [i, token] of tokens.entries()) {
      const { code, bucket } = this.#kept.get(token)!;
      codes.set(code, i * abi.CODE_BYTES);
      buckets[i] = bucket;
    }
  }
}
