import * as abi from '../../assembly/abi.ts';
import type { HashFormerConfig } from '../architecture/config.ts';
import { WEIGHT_DTYPE, weightDType } from '../architecture/dtypes.ts';
import { layerOf, OUTPUT, type Output } from '../architecture/outputs.ts';
import { POOLING } from '../architecture/poolings.ts';
import type { Activation } from '../architecture/problem-types.ts';
import type { Weight } from '../architecture/tensor-spec.ts';
import { HashformerError } from '../errors.ts';
import type { StoredTensor } from '../formats/stored-tensor.ts';
import type { Tier } from '../runtime/tier.ts';
import type { Exports } from '../wasm/exports.ts';
import { enough, WasmMemory } from '../wasm/memory.ts';
import type { Backend, BackendParts, Batch, CreateBackend, Device } from './backend.ts';
import { encoderBlock } from './encoder-block.ts';
import type { StringHasher } from './string-hasher.ts';
import { WasmHasher } from './wasm-hasher.ts';

/** Bytes of weights that go into wasm at a time. */
const CHUNK = 1 << 20;
/** Rows of a batch that memory is reserved for; longer sequences than this get what they need. */
export const BATCH_ROWS = 256;

/** What computes each activation over rows in wasm memory, and the numbers from row to row. */
const ACTIVATE = {
  softmax: {
    // It may write up to the next multiple of four.
    strideOf: (width) => (width + 3) & ~3,
    apply: (wasm, address, rows, width, stride) => wasm.softmax(address, rows, width, stride * 4),
  },
  sigmoid: {
    strideOf: (width) => width,
    apply: (wasm, address, rows, _, stride) => wasm.sigmoid(address, rows * stride),
  },
} as const satisfies Record<
  Activation,
  {
    strideOf(width: number): number;
    apply(wasm: Exports, address: number, rows: number, width: number, stride: number): void;
  }
>;

/** What computes each output from the hidden states: 0 where a number is not finite. */
const EMIT = {
  hidden: (wasm) => wasm.emitHidden(),
  pooled: (wasm, { pooling, normalize }) => wasm.emitPooled(POOLING[pooling], normalize),
  sentences: (wasm, { pooling, normalize }) => wasm.emitSentences(POOLING[pooling], normalize),
  logits: (wasm) => wasm.emitLogits(),
  'token-logits': (wasm) => wasm.emitTokenLogits(),
} as const satisfies {
  [Kind in Output['kind']]: (wasm: Exports, output: Extract<Output, { kind: Kind }>) => number;
};
const emit: Readonly<Record<Output['kind'], (wasm: Exports, output: never) => number>> = EMIT;

/** Tokens of the longest sequence. */
export function longestOf(starts: Uint32Array): number {
  let longest = 0;
  for (let i = 0; i + 1 < starts.length; i++) longest = Math.max(longest, starts[i + 1]! - starts[i]!);
  return longest;
}

/** The backend that the package is about: one wasm instance with one memory for one model. */
export class WasmBackend implements Backend {
  readonly device: Device;
  readonly tier: Tier;
  readonly batchRows = BATCH_ROWS;
  readonly inFlight = 1;
  readonly #config: HashFormerConfig;
  #wasm: Exports | null;
  #memory: WasmMemory | null;
  #hasher: WasmHasher | null;

  /**
   * @param capacity rows and tokens that memory is reserved for, so that ordinary calls never grow it
   * @throws HashformerError `weights` (numbers that are not finite) or `memory`
   */
  constructor({ wasm, tier, config, weights, pieces }: BackendParts, capacity: number) {
    this.device = { name: tier, reason: null };
    this.tier = tier;
    this.#config = config;
    this.#wasm = wasm;
    this.#memory = new WasmMemory(wasm);
    const block = encoderBlock(config);
    const address = enough(wasm.stage(block.length));
    this.#memory.bytes(address, block.length).set(block);
    enough(wasm.configureEncoder(address, block.length / 4));
    this.#hasher = new WasmHasher(wasm, config, pieces);
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
    const { width, perToken } = OUTPUT[output.kind];
    const size = (perToken ? batch.ids.length : batch.starts.length - 1) * width(this.#config);
    this.prepare(batch, size);
    wasm.embed();
    wasm.encode(layerOf(output, this.#config));
    if (!emit[output.kind](wasm, output as never)) {
      throw new HashformerError(
        'numeric',
        "The model's result is not finite although its weights are: they are too large for float32.",
      );
    }
    return this.#memory!.floats(wasm.region(abi.OUTPUT), size).slice();
  }

  async hasher(): Promise<StringHasher> {
    const { StringHasher } = await import('./string-hasher.ts');
    return new StringHasher(this.#hasher!);
  }

  activate(kind: Activation, logits: Float32Array, width: number): Float32Array {
    return activate(this.#wasm!, kind, logits, width);
  }

  dispose(): void {
    this.#wasm = null;
    this.#memory = null;
    this.#hasher = null;
  }

  /** The widest row that an output has. */
  #headWidth(): number {
    return Math.max(...Object.values(OUTPUT).map(({ width }) => width(this.#config)));
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
    const { number: type, bytes } = WEIGHT_DTYPE[weightDType(tensor.dtype)!];
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
export function activate(wasm: Exports, kind: Activation, logits: Float32Array, width: number): Float32Array {
  const memory = new WasmMemory(wasm);
  const { strideOf, apply } = ACTIVATE[kind];
  const stride = strideOf(width);
  const rows = logits.length / width;
  const address = enough(wasm.stage(rows * stride * 4));
  const staged = memory.floats(address, rows * stride);
  for (let row = 0; row < rows; row++)
    staged.set(logits.subarray(row * width, (row + 1) * width), row * stride);
  apply(wasm, address, rows, width, stride);
  const result = new Float32Array(logits.length);
  for (let row = 0; row < rows; row++) {
    result.set(staged.subarray(row * stride, row * stride + width), row * width);
  }
  return result;
}

export const createWasmBackend: CreateBackend = (parts) =>
  new WasmBackend(parts, Math.max(BATCH_ROWS, parts.config.max_length));
