/** name → { shape, data: Float32Array } of an f32 safetensors file: just enough to read what save() wrote. */
export function readSafetensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  // Not bytes.slice: a Buffer's slice is no copy, and may begin at any address.
  const content = new Uint8Array(bytes.buffer, bytes.byteOffset + start);
  const tensors = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    if (entry.dtype !== 'F32') throw new Error(`expected ${name} in F32, got ${entry.dtype}`);
    const [from, to] = entry.data_offsets;
    tensors[name] = {
      shape: entry.shape,
      data: new Float32Array(content.slice(from, to).buffer),
    };
  }
  return tensors;
}
