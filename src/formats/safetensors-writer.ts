import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';
import { METADATA } from './safetensors.ts';
import { byteSize, DTYPES, type StoredTensor } from './stored-tensor.ts';

/**
 * Writes a safetensors file as the official writer lays it out: tensors by dtype (widest first), then by name;
 * the header padded with spaces so that the data begins at a multiple of 8.
 *
 * @throws HashformerError `argument` where a tensor's data does not fit its dtype and shape
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const sorted = [...tensors].sort(
    ([a, x], [b, y]) => DTYPES.indexOf(y.dtype) - DTYPES.indexOf(x.dtype) || (a < b ? -1 : 1),
  );
  // Joined by hand: an object would move names that look like array indices to the front.
  const fields = Object.keys(metadata).length ? [`"${METADATA}":${JSON.stringify(metadata)}`] : [];
  let position = 0;
  for (const [key, { dtype, shape, data }] of sorted) {
    const size = byteSize(dtype, shape);
    if (size !== data.length || key === METADATA) {
      throw new HashformerError(
        'argument',
        `Tensor ${show(key)} cannot be written: expected ${size} bytes of data and a name other than ${METADATA}, got ${data.length} bytes.`,
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
