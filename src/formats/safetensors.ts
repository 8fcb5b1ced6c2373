import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';
import { byteSize, DTYPES, type DType, type StoredTensor, type WeightFile } from './stored-tensor.ts';

/** The official reader's limit; a longer header is an attack or another kind of file. */
const HEADER_LIMIT = 100_000_000;
/** The header's entry that is no tensor. */
export const METADATA = '__metadata__';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const BRACE = 0x7b;

export interface SafetensorsFile extends WeightFile {
  /** Everything after the header: what the metadata's `checksum` is taken over. */
  data: Uint8Array;
}

/**
 * Reads a safetensors file (format: https://github.com/huggingface/safetensors#format) without copying:
 * each tensor's data is a view of `bytes`, and `tensors` is in the order of the data.
 *
 * As the official reader does, it accepts only a file that its header describes completely: known dtypes,
 * ranges that fit the shapes and cover the data without hole or overlap. Stricter, it refuses duplicate keys:
 * JSON keeps the last one silently, so two readers may see two models.
 *
 * @param name what error sentences call the file
 * @throws HashformerError `weights`
 */
export function readSafetensors(bytes: Uint8Array, name = 'The weight file'): SafetensorsFile {
  const fail = (problem: string, cause?: unknown) =>
    new HashformerError('weights', `${name} ${problem}; download it again.`, cause ? { cause } : {});
  const size = bytes.length;
  const truncated = (promised: number) =>
    fail(`is truncated: its header promises ${promised} bytes, the file has ${size}`);

  if (size < 8) throw fail(`is no safetensors file: it has only ${size} bytes`);
  const headerSize = bytes.subarray(0, 8).reduceRight((size, byte) => size * 256 + byte, 0);
  if (headerSize > HEADER_LIMIT) {
    throw fail(
      `is no safetensors file: its header would have ${headerSize} bytes, the most is ${HEADER_LIMIT}`,
    );
  }
  const dataStart = 8 + headerSize;
  if (dataStart > size) throw truncated(dataStart);

  const headerBytes = bytes.subarray(8, dataStart);
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(headerBytes));
    if (headerBytes[0] !== BRACE) throw new SyntaxError('It does not begin with "{".');
  } catch (cause) {
    throw fail('is damaged: its header is no JSON object in UTF-8', cause);
  }

  const metadata: Record<string, string> = Object.create(null);
  let keys = 0;
  const entries: { key: string; dtype: DType; shape: number[]; begin: number; end: number }[] = [];
  for (const [key, value] of Object.entries(header)) {
    if (key === METADATA) {
      if (!isStringMap(value)) throw fail(`is damaged: ${METADATA} must map strings to strings`);
      keys += 1 + Object.keys(value).length;
      Object.assign(metadata, value);
      continue;
    }
    const { dtype, shape, data_offsets: range, ...rest } = Object(value);
    keys += 4 + Object.keys(rest).length;
    const expect = (holds: boolean, field: string, expected: string, got: unknown) => {
      if (holds) return;
      throw fail(`is damaged: ${field} of tensor ${show(key)} must be ${expected}, got ${list(got)}`);
    };
    expect(DTYPES.includes(dtype), 'dtype', `one of ${DTYPES}`, dtype);
    const length = Array.isArray(shape) ? byteSize(dtype, shape) : -1;
    expect(length >= 0, 'shape', 'integers >= 0 with a safe product', shape);
    const [begin, end] = Array.isArray(range) && range.length === 2 ? range : [];
    expect(
      [begin, end].every(Number.isSafeInteger) && begin >= 0 && end - begin === length,
      'data_offsets',
      `${length} bytes apart, as ${dtype} and shape ${list(shape)} take`,
      range,
    );
    entries.push({ key, dtype, shape, begin, end });
  }
  if (keys !== countKeys(headerBytes)) {
    throw fail('is damaged: its header has a key twice, or objects where none belong');
  }

  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  const data = bytes.subarray(dataStart);
  const tensors = new Map<string, StoredTensor>();
  let position = 0;
  for (const { key, dtype, shape, begin, end } of entries) {
    if (begin !== position) {
      throw fail(
        `is damaged: tensor ${show(key)} ${begin < position ? 'overlaps the one' : 'leaves a hole'} before it: it begins at byte ${begin} of the data, expected ${position}`,
      );
    }
    position = end;
    tensors.set(key, { dtype, shape, data: data.subarray(begin, end) });
  }
  if (position > data.length) throw truncated(dataStart + position);
  if (position < data.length) {
    throw fail(`is damaged: ${data.length - position} bytes follow its last tensor`);
  }
  return { tensors, metadata, data };
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

function list(value: unknown): string {
  return Array.isArray(value) && value.length < 9 ? `[${value.map(show)}]` : show(value);
}
