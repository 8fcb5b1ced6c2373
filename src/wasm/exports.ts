/** Exports of the inference module; assembly/inference.ts says what each does. Addresses may come as negatives. */
export interface Exports {
  readonly memory: WebAssembly.Memory;
  abiVersion(): number;
  /** The tier's place in TIERS_BY_NUMBER, from 1. */
  tier(): number;
  probe(): number;
  stage(bytes: number): number;
  configureEncoder(block: number, fields: number): number;
  configureEmbedding(variant: number, size: number): void;
  configureHash(
    kind: number,
    buckets: number,
    shortest: number,
    longest: number,
    most: number,
    marks: boolean,
  ): number;
  addKey(key: number, length: number): number;
  createTable(slot: number, layer: number, rows: number, width: number, quantized: boolean): number;
  createLinear(
    slot: number,
    layer: number,
    parts: number,
    outputs: number,
    inputs: number,
    outputGroup: number,
    inputGroup: number,
    quantized: boolean,
  ): number;
  storeTableRows(
    slot: number,
    layer: number,
    type: number,
    first: number,
    count: number,
    data: number,
  ): number;
  storeLinearRows(
    slot: number,
    layer: number,
    part: number,
    type: number,
    first: number,
    count: number,
    data: number,
  ): number;
  storeBias(slot: number, layer: number, part: number, type: number, count: number, data: number): number;
  finish(positions: number): number;
  prepare(
    tokens: number,
    textBytes: number,
    rows: number,
    sequences: number,
    longest: number,
    pieces: number,
    outputs: number,
    headWidth: number,
  ): number;
  region(index: number): number;
  splitText(bytes: number): number;
  hashTokens(): void;
  hashPieces(index: number, count: number): void;
  bucketPieces(count: number): number;
  embed(): void;
  encode(layers: number): void;
  emitHidden(): number;
  emitPooled(pooling: number, normalize: boolean): number;
  emitSentences(pooling: number, normalize: boolean): number;
  emitLogits(): number;
  emitTokenLogits(): number;
  softmax(data: number, rows: number, width: number, stride: number): void;
  sigmoid(data: number, count: number): void;
  seedWeights(seed: number): void;
  fillNormal(data: number, count: number, deviation: number): void;
  beginXxh64(): void;
  updateXxh64(data: number, length: number): void;
  xxh64(): bigint;
}
