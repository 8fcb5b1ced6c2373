import { HashformerError, show } from '../errors.ts';
import {
  byteSize,
  DTYPE_BITS,
  type DType,
  impostor,
  type StoredTensor,
  type WeightFile,
} from './stored-tensor.ts';

/** The official reader's limit; a longer header is an attack or another kind of file. */
const HEADER_LIMIT = 100_000_000;
const METADATA = '__metadata__';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

export interface SafetensorsFile extends WeightFile {
  /** Everything after the header: what the metadata's `checksum` is taken over. */
  data: Uint8Array;
}

/**
 * Reads a safetensors file (format: https://github.com/huggingface/safetensors#format) without copying:
 * each tensor's data is a view of `bytes`, and `tensors` is in the order of the data.
 *
 * As the official reader does, it accepts only a file that its header describes completely: known dtypes,
 * ranges that fit the shapes and cover the data without hole or overlap. Stricter, it refuses duplicate keys
 * (JSON keeps the last one silently, so two readers may see two models) and fields it does not know.
 *
 * @param name what error sentences call the file
 * @throws HashformerError `weights`
 */
export function readSafetensors(bytes: Uint8Array, name = 'The weight file'): SafetensorsFile {
  const fail = (problem: string, cause?: unknown) =>
    new HashformerError('weights', `${name} ${problem}.`, cause ? { cause } : undefined);
  const truncated = (promised: number) =>
    fail(
      `is truncated: its header promises ${count(promised)} bytes, the file has ${count(bytes.length)}; download it again`,
    );

  if (bytes.length < 8)
    throw fail(`is no safetensors file: it has only ${bytes.length} bytes; download it again`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const headerSize = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (headerSize > HEADER_LIMIT) {
    throw fail(
      impostor(bytes) ||
        `is no safetensors file: it announces a header of ${count(headerSize)} bytes, at most ${count(HEADER_LIMIT)} are allowed; check that it is one, or download it again`,
    );
  }
  const dataStart = 8 + headerSize;
  if (dataStart > bytes.length) throw truncated(dataStart);

  const headerBytes = bytes.subarray(8, dataStart);
  let header: Record<string, unknown>;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(headerBytes);
    if (text[0] !== '{') throw new SyntaxError(`Expected "{", got ${show(text[0] ?? 'nothing')}`);
    header = JSON.parse(text);
  } catch (cause) {
    throw fail('is damaged: its header is no JSON object in UTF-8; download it again', cause);
  }

  let metadata: Record<string, string> = Object.create(null);
  let keys = 0;
  const entries: { key: string; dtype: DType; shape: number[]; begin: number; end: number }[] = [];
  for (const [key, value] of Object.entries(header)) {
    keys++;
    if (key === METADATA) {
      if (!isStringMap(value))
        throw fail(`is damaged: ${METADATA} must map strings to strings, got ${show(value)}`);
      keys += Object.keys(value).length;
      metadata = Object.assign(metadata, value);
      continue;
    }
    const { dtype, shape, data_offsets: range, ...unknown } = Object(value);
    const where = `is damaged: tensor ${show(key)}`;
    keys += 3;
    if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BITS, dtype)) {
      throw fail(
        `${where} has the unknown dtype ${show(dtype)}; convert it to one of ${Object.keys(DTYPE_BITS)}`,
      );
    }
    for (const field in unknown)
      throw fail(`${where} has the unknown field ${show(field)}; write the file anew`);
    const size = Array.isArray(shape) ? byteSize(dtype as DType, shape) : Number.NaN;
    if (!(size >= 0)) {
      throw fail(`${where} must have a shape of integers >= 0 with a countable product, got ${list(shape)}`);
    }
    if (!Array.isArray(range) || range.length !== 2 || !range.every(Number.isSafeInteger) || range[0] < 0) {
      throw fail(`${where} must have data_offsets [begin, end], got ${list(range)}; download it again`);
    }
    const [begin, end] = range;
    if (end - begin !== size) {
      throw fail(
        `${where} of shape ${list(shape)} and dtype ${dtype} takes ${count(size)} bytes, its data_offsets [${range}] hold ${count(end - begin)}; download it again`,
      );
    }
    entries.push({ key, dtype: dtype as DType, shape, begin, end });
  }
  if (keys !== countKeys(headerBytes))
    throw fail('is damaged: its header has a duplicate key; write it anew');

  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  const data = bytes.subarray(dataStart);
  const tensors = new Map<string, StoredTensor>();
  let position = 0;
  for (const { key, dtype, shape, begin, end } of entries) {
    if (begin !== position) {
      const what = begin < position ? 'overlaps the one before it' : 'leaves a hole before it';
      throw fail(
        `is damaged: tensor ${show(key)} ${what}: its data begins at byte ${count(begin)}, expected ${count(position)}; download it again`,
      );
    }
    position = end;
    tensors.set(key, { dtype, shape, data: data.subarray(begin, end) });
  }
  if (position > data.length) throw truncated(dataStart + position);
  if (position < data.length) {
    throw fail(
      `is damaged: ${count(data.length - position)} bytes follow its last tensor; download it again`,
    );
  }
  return { tensors, metadata, data };
}

/**
 * Writes a safetensors file as the official writer lays it out: tensors by dtype (widest first), then by name;
 * the header padded with spaces so that the data begins at a multiple of 8.
 *
 * @throws HashformerError `argument` where a tensor's data does not fit its dtype and shape, or metadata holds
 *   anything but strings
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  if (!isStringMap(metadata)) {
    throw new HashformerError('argument', `metadata must map strings to strings, got ${show(metadata)}.`);
  }
  const order = Object.keys(DTYPE_BITS);
  const sorted = [...tensors].sort(
    ([a, x], [b, y]) => order.indexOf(y.dtype) - order.indexOf(x.dtype) || (a < b ? -1 : 1),
  );
  // Joined by hand: an object would move names that look like array indices to the front.
  const fields = Object.keys(metadata).length ? [`"${METADATA}":${JSON.stringify(metadata)}`] : [];
  let position = 0;
  for (const [key, { dtype, shape, data }] of sorted) {
    const size = byteSize(dtype, shape);
    if (size !== data.length || key === METADATA) {
      throw new HashformerError(
        'argument',
        `Tensor ${show(key)} of shape ${list(shape)} and dtype ${show(dtype)} cannot be written: ${
          key === METADATA
            ? 'the name is reserved'
            : `expected ${count(size)} bytes of data, got ${count(data.length)}`
        }.`,
      );
    }
    const info = { dtype, shape, data_offsets: [position, position + size] };
    fields.push(`${JSON.stringify(key)}:${JSON.stringify(info)}`);
    position += size;
  }
  const header = new TextEncoder().encode(`{${fields}}`);
  const dataStart = 8 + Math.ceil(header.length / 8) * 8;
  const out = new Uint8Array(dataStart + position).fill(0x20, 8, dataStart);
  new DataView(out.buffer).setUint32(0, dataStart - 8, true);
  out.set(header, 8);
  position = dataStart;
  for (const [, { data }] of sorted) {
    out.set(data, position);
    position += data.length;
  }
  return out;
}

/** The keys of all objects in a valid JSON text, duplicates included: each has one colon outside of strings. */
function countKeys(json: Uint8Array): number {
  let keys = 0;
  let quoted = false;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i];
    if (byte === QUOTE) quoted = !quoted;
    else if (quoted) i += byte === BACKSLASH ? 1 : 0;
    else if (byte === COLON) keys++;
  }
  return keys;
}

function isStringMap(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function list(value: unknown): string {
  return Array.isArray(value) && value.length < 9 ? `[${value.map(show)}]` : show(value);
}
