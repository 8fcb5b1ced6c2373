import * as abi from '../../assembly/abi.ts';
import type { HashFormerConfig } from '../architecture/config.ts';
import { HashformerError } from '../errors.ts';
import type { StoredTensor } from '../formats/stored-tensor.ts';
import type { Weight } from '../model/weights.ts';
import type { Tier } from '../runtime/tier.ts';
import type { Exports } from '../wasm/exports.ts';
import { enough, WasmMemory } from '../wasm/memory.ts';
import type { Backend, Batch, Output } from './backend.ts';
import { encoderBlock } from './encoder-block.ts';
import { Hasher, type TokenHasher } from './hasher.ts';

/** Bytes of weights that go into wasm at a time. */
const CHUNK = 1 << 20;
const ELEMENT: Record<string, { type: number; bytes: number }> = {
  F32: { type: abi.F32, bytes: 4 },
  F16: { type: abi.F16, bytes: 2 },
  BF16: { type: abi.BF16, bytes: 2 },
  I8: { type: abi.I8, bytes: 1 },
};
const POOLING = { cls: abi.CLS, mean: abi.MEAN, max: abi.MAX } as const;

/** Tokens of the longest sequence. */
export function longestOf(starts: Uint32Array): number {
  let longest = 0;
  for (let i = 0; i + 1 < starts.length; i++) longest = Math.max(longest, starts[i + 1]! - starts[i]!);
  return longest;
}

/** The backend that the package is about: one wasm instance with one memory for one model. */
export class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly tier: Tier;
  readonly #config: HashFormerConfig;
  #wasm: Exports | null;
  #memory: WasmMemory | null;
  #hasher: Hasher | null;

  /**
   * @param wasm a fresh instance, which the backend owns from now on
   * @param capacity rows and tokens that memory is reserved for, so that ordinary calls never grow it
   * @throws HashformerError `weights` (numbers that are not finite) or `memory`
   */
  constructor(
    wasm: Exports,
    tier: Tier,
    config: HashFormerConfig,
    weights: readonly Weight[],
    lsh: TokenHasher | undefined,
    capacity: number,
  ) {
    this.tier = tier;
    this.#config = config;
    this.#wasm = wasm;
    this.#memory = new WasmMemory(wasm);
    const block = encoderBlock(config);
    const address = enough(wasm.stage(block.length));
    this.#memory.bytes(address, block.length).set(block);
    enough(wasm.configureEncoder(address, block.length / 4));
    this.#hasher = new Hasher(wasm, config, lsh);
    this.#createTensors(weights);
    for (const weight of weights) this.#store(weight);
    enough(wasm.finish(config.max_position_embeddings));
    const widest = this.#headWidth();
    const textBytes = capacity * 32;
    const longest = Math.min(capacity, config.max_length);
    enough(wasm.prepare(capacity, textBytes, capacity, capacity, longest, 0, capacity * widest, widest));
  }

  get memoryBytes(): number {
    return this.#memory?.size ?? 0;
  }

  /**
   * Lays out memory for a batch, and for `outputs` numbers that go back, and writes the batch and its hashes there.
   *
   * @param headWidth widest row that a head puts out
   */
  prepare({ ids, starts, tokens, types }: Batch, outputs: number, headWidth = this.#headWidth()): void {
    const wasm = this.#wasm!;
    const sequences = starts.length - 1;
    const input = this.#hasher!.input(tokens);
    enough(
      wasm.prepare(
        tokens.length,
        input.textBytes,
        ids.length,
        sequences,
        longestOf(starts),
        input.pieces,
        outputs,
        headWidth,
      ),
    );
    const memory = this.#memory!;
    memory.words(wasm.region(abi.ROWS), ids.length).set(ids);
    memory.words(wasm.region(abi.STARTS), sequences + 1).set(starts);
    memory.words(wasm.region(abi.TYPES), ids.length).set(types);
    this.#hasher!.hashInPlace(input);
  }

  run(batch: Batch, output: Output): Float32Array {
    const wasm = this.#wasm!;
    const { width, perToken, emit } = this.#plan(output);
    const size = (perToken ? batch.ids.length : batch.starts.length - 1) * width;
    this.prepare(batch, size);
    wasm.embed();
    wasm.encode('layer' in output ? output.layer : this.#config.num_hidden_layers);
    if (!emit(wasm)) {
      throw new HashformerError(
        'numeric',
        "The model's result is not finite although its weights are: they are too large for float32.",
      );
    }
    return this.#memory!.floats(wasm.region(abi.OUTPUT), size).slice();
  }

  get hasher(): Hasher {
    return this.#hasher!;
  }

  activate(kind: 'softmax' | 'sigmoid', logits: Float32Array, width: number): Float32Array {
    return activate(this.#wasm!, kind, logits, width);
  }

  dispose(): void {
    this.#wasm = null;
    this.#memory = null;
    this.#hasher = null;
  }

  /** Width of an output's rows, whether it has one a token or one a sequence, and what computes it. */
  #plan(output: Output): { width: number; perToken: boolean; emit: (wasm: Exports) => number } {
    const { hidden_size, num_labels, token_labels, sentence_embedding_size } = this.#config;
    switch (output.kind) {
      case 'hidden':
        return { width: hidden_size, perToken: true, emit: (wasm) => wasm.emitHidden() };
      case 'pooled': {
        const emit = (wasm: Exports) => wasm.emitPooled(POOLING[output.pooling], output.normalize);
        return { width: hidden_size, perToken: false, emit };
      }
      case 'sentences': {
        const emit = (wasm: Exports) => wasm.emitSentences(POOLING[output.pooling], output.normalize);
        return { width: sentence_embedding_size ?? hidden_size, perToken: false, emit };
      }
      case 'logits':
        return { width: num_labels, perToken: false, emit: (wasm) => wasm.emitLogits() };
      case 'token-logits':
        return { width: token_labels.length, perToken: true, emit: (wasm) => wasm.emitTokenLogits() };
    }
  }

  /** The widest row that one of the heads puts out. */
  #headWidth(): number {
    const { num_labels, token_labels, hidden_size, sentence_embedding_size } = this.#config;
    return Math.max(num_labels, token_labels.length, hidden_size, sentence_embedding_size ?? 0);
  }

  /** Layers whose parts are all int8 compute in int8; a mixture computes in f32. */
  #createTensors(weights: readonly Weight[]): void {
    const wasm = this.#wasm!;
    for (const { spec, tensor } of weights) {
      const { slot, layer, part } = spec;
      const [rows = 0, width = rows] = spec.shape;
      if (spec.kind === 'table' || spec.kind === 'matrix') {
        const quantized = spec.kind === 'table' && tensor.dtype === 'I8';
        enough(wasm.createTable(slot, layer, rows, width, quantized));
      } else if (spec.kind === 'vector') {
        enough(wasm.createTable(slot, layer, 1, rows, false));
      } else if (spec.kind === 'linear' && part === 0) {
        const parts = weights.filter(
          (other) => other.spec.slot === slot && other.spec.layer === layer && other.spec.kind === 'linear',
        );
        const quantized = parts.every((other) => other.tensor.dtype === 'I8');
        const { outputGroup, inputGroup } = spec;
        enough(wasm.createLinear(slot, layer, parts.length, rows, width, outputGroup, inputGroup, quantized));
      }
    }
  }

  #store({ spec, tensor, scale }: Weight): void {
    const wasm = this.#wasm!;
    const { slot, layer, part, kind } = spec;
    const { type, bytes } = ELEMENT[tensor.dtype]!;
    // Vectors and biases are one row.
    const [rows, width] = spec.shape.length === 2 ? spec.shape : [1, spec.shape[0]!];
    const rowBytes = width! * bytes + (scale === null ? 0 : 4);
    const step = Math.max(1, Math.floor(CHUNK / rowBytes));
    let bad = 0;
    for (let first = 0; first < rows!; first += step) {
      const count = Math.min(step, rows! - first);
      const address = this.#stage(tensor, scale, first, count, width! * bytes);
      if (kind === 'bias') bad += wasm.storeBias(slot, layer, part, type, width!, address);
      else if (kind === 'linear') bad += wasm.storeLinearRows(slot, layer, part, type, first, count, address);
      else bad += wasm.storeTableRows(slot, layer, type, first, count, address);
    }
    if (bad > 0) {
      throw new HashformerError(
        'weights',
        `The tensor "${spec.reference}" holds ${bad} numbers that are not finite.`,
      );
    }
  }

  /** Scales, if any, and rows `first` to `first + count` into staging memory. */
  #stage(tensor: StoredTensor, scale: StoredTensor | null, first: number, count: number, rowBytes: number) {
    const scales = scale?.data.subarray(first * 4, (first + count) * 4);
    const data = tensor.data.subarray(first * rowBytes, (first + count) * rowBytes);
    const header = scales?.length ?? 0;
    const address = enough(this.#wasm!.stage(header + data.length));
    const memory = this.#memory!.bytes(address, header + data.length);
    if (scales !== undefined) memory.set(scales);
    memory.set(data, header);
    return address;
  }
}

/** Softmax over rows of `width` numbers, or the sigmoid of each, in wasm: engines' exponentials differ. */
export function activate(
  wasm: Exports,
  kind: 'softmax' | 'sigmoid',
  logits: Float32Array,
  width: number,
): Float32Array {
  const memory = new WasmMemory(wasm);
  // Softmax may write up to the next multiple of four.
  const stride = kind === 'softmax' ? (width + 3) & ~3 : width;
  const rows = logits.length / width;
  const address = enough(wasm.stage(rows * stride * 4));
  const staged = memory.floats(address, rows * stride);
  for (let row = 0; row < rows; row++)
    staged.set(logits.subarray(row * width, (row + 1) * width), row * stride);
  if (kind === 'softmax') wasm.softmax(address, rows, width, stride * 4);
  else wasm.sigmoid(address, staged.length);
  const result = new Float32Array(logits.length);
  for (let row = 0; row < rows; row++) {
    result.set(staged.subarray(row * stride, row * stride + width), row * width);
  }
  return result;
}
