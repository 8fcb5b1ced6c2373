import { ADAPTIVE_TABLE, CODES, ORDINARY, ROWS, TOKEN_TABLE } from '../abi';
import { allocate } from '../arena';
import { features as row, hidden, region, rowCount } from '../batch';
import { exp } from '../kernel/exp';
import { add, mul } from '../kernel/lane';
import { hiddenSize, hiddenRowBytes } from '../model';
import { Table, tableAt } from '../tensor';
import { addRow } from './rows';

/** The 128 bits are cut into 12 chunks of 10 bits and one of 8 (HashFormers, section 3.3, "pool"). */
export const CHUNKS: i32 = 13;
const CHUNK_BITS: i32 = 10;

/** What each chunk counts for, for each dimension: 13 rows. */
export let chunkWeights: usize = 0;

/** Makes room for the weights of the chunks. False when there is no memory left. */
export function createChunkWeights(): bool {
  chunkWeights = allocate(<u64>CHUNKS * <u64>hiddenRowBytes());
  return chunkWeights != 0;
}

/** Turns `adaptive_weights` into what they are used as: softmax over the 13 chunks, for each dimension. */
export function derivePool(): void {
  const stride = hiddenRowBytes();
  memory.copy(chunkWeights, tableAt(ADAPTIVE_TABLE, 0).data, <usize>CHUNKS * stride);
  for (let i: usize = 0; i < <usize>hiddenSize << 2; i += 4) {
    const column = chunkWeights + i;
    let largest = load<f32>(column);
    for (let chunk: usize = 1; chunk < <usize>CHUNKS; chunk++) {
      largest = max<f32>(largest, load<f32>(column + chunk * stride));
    }
    let total: f32 = 0;
    for (let chunk: usize = 0; chunk < <usize>CHUNKS; chunk++) {
      const p = column + chunk * stride;
      store<f32>(p, exp<f32>(load<f32>(p) - largest));
      total += load<f32>(p);
    }
    for (let chunk: usize = 0; chunk < <usize>CHUNKS; chunk++) {
      const p = column + chunk * stride;
      store<f32>(p, load<f32>(p) / total);
    }
  }
}

/** `pool`: Σ over chunks of weight · component row (chunk + 1); special tokens look up row 0 13 times. */
export function addPooledRows(): void {
  const components = tableAt(TOKEN_TABLE, 0);
  let code = region(CODES);
  for (let t = 0, out = hidden; t < rowCount; t++, out += hiddenRowBytes()) {
    const ordinary = load<i32>(region(ROWS) + (<usize>t << 2)) == ORDINARY;
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      const component = ordinary ? chunkOf(code, chunk) + 1 : 0;
      addWeightedRow(components, component, chunkWeights + <usize>chunk * hiddenRowBytes(), out);
    }
    if (ordinary) code += 16;
  }
}

/** Bits `10 · chunk` and on, most significant first. */
export function chunkOf(code: usize, chunk: i32): i32 {
  const first = chunk * CHUNK_BITS;
  const byte = code + <usize>(first >> 3);
  if (chunk == CHUNKS - 1) return <i32>load<u8>(byte);
  const window = (<i32>load<u8>(byte) << 8) | <i32>load<u8>(byte, 1);
  return (window >> (16 - CHUNK_BITS - (first & 7))) & ((1 << CHUNK_BITS) - 1);
}

/** out += row `index` · weight */
function addWeightedRow(table: Table, index: i32, weight: usize, out: usize): void {
  const width = table.stride;
  let component = table.data + ((<usize>index * <usize>width) << 2);
  if (table.scales) {
    memory.fill(row, 0, <usize>width << 2);
    addRow(table, index, row);
    component = row;
  }
  addProduct(component, weight, width, out);
}

/** out += component · weight, number by number. */
export function addProduct(component: usize, weight: usize, width: i32, out: usize): void {
  if (ASC_FEATURE_SIMD) addProductLanes<v128>(component, weight, width, out);
  else addProductLanes<f32>(component, weight, width, out);
}

// @ts-ignore: decorator
@inline
function addProductLanes<T>(component: usize, weight: usize, width: i32, out: usize): void {
  for (let end = out + (<usize>width << 2); out < end; out += sizeof<T>()) {
    store<T>(out, add<T>(load<T>(out), mul<T>(load<T>(component), load<T>(weight))));
    component += sizeof<T>();
    weight += sizeof<T>();
  }
}
