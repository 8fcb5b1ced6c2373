/** Zip archives and pickles made by hand, for what torch.save never writes. */

interface ZipOptions {
  /** Put sizes, offsets and the directory's place into zip64 records. */
  zip64?: boolean;
  /** Bytes of padding in each local header's extra field, as torch.save aligns data. */
  padding?: number;
  /** Flags and compression method of each entry. */
  flags?: number;
  method?: number;
  comment?: string;
}

const encoder = new TextEncoder();

export function concat(...parts: (readonly number[] | Uint8Array)[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function little(value: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);
}

/** A stored zip archive of these files. Checksums are left 0, as torch.save may do. */
export function zip(files: readonly [string, Uint8Array][], options: ZipOptions = {}): Uint8Array {
  const { zip64 = false, padding = 0, flags = 0, method = 0, comment = '' } = options;
  const narrow = (value: number, size = 4) => (zip64 ? Array(size).fill(0xff) : little(value, size));
  const body: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [path, data] of files) {
    const name = encoder.encode(path);
    const head = (signature: number) => [0x50, 0x4b, ...little(signature, 2)];
    const common = [...little(flags, 2), ...little(method, 2), ...Array(8).fill(0)];
    const sizes = [...narrow(data.length), ...narrow(data.length), ...little(name.length, 2)];
    const wide = zip64 ? [1, 0, 24, 0, ...[data.length, data.length, at].flatMap((n) => little(n, 8))] : [];
    const extra = [0x46, 0x42, ...little(padding, 2), ...Array(padding).fill(0x5a)];
    const local = concat(head(0x0403), [45, 0], common, sizes, little(extra.length, 2), name, extra, data);
    directory.push(
      concat(
        head(0x0201),
        [45, 0, 45, 0],
        common,
        sizes,
        little(wide.length, 2),
        Array(10).fill(0),
        narrow(at),
        name,
        wide,
      ),
    );
    body.push(local);
    at += local.length;
  }
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  const count = files.length;
  const end64 = zip64
    ? concat(
        [0x50, 0x4b, 6, 6, ...little(44, 8), 45, 0, 45, 0, ...Array(8).fill(0)],
        [count, count, size, at].flatMap((n) => little(n, 8)),
        [0x50, 0x4b, 6, 7, 0, 0, 0, 0, ...little(at + size, 8), 1, 0, 0, 0],
      )
    : [];
  const end = [
    0x50,
    0x4b,
    5,
    6,
    0,
    0,
    0,
    0,
    ...narrow(count, 2),
    ...narrow(count, 2),
    ...narrow(size),
    ...narrow(at),
  ];
  return concat(...body, ...directory, end64, end, little(comment.length, 2), encoder.encode(comment));
}

/** A pickle of protocol 2: strings stand for their bytes (Latin-1), numbers for one byte. */
export function pickle(...parts: (string | number | Uint8Array)[]): Uint8Array {
  return concat(
    [0x80, 2],
    ...parts.map((part) =>
      typeof part === 'string'
        ? Array.from(part, (c) => c.charCodeAt(0))
        : typeof part === 'number'
          ? [part]
          : part,
    ),
    [0x2e],
  );
}

/** The instruction that pushes a string. */
export function text(value: string): Uint8Array {
  const bytes = encoder.encode(value);
  return concat([0x58], little(bytes.length, 4), bytes);
}

/** The instruction that pushes an int, of up to 8 bytes where it is large. */
export function int(value: number): Uint8Array {
  return value >= 0 && value < 256 ? concat([0x4b, value]) : concat([0x8a, 8], little(value, 8));
}

/** The instructions that rebuild a tensor of storage "0" of `elements` float32. */
export function tensor(shape: number[], strides: number[], offset = 0, elements = 4): Uint8Array {
  const tuple = (sizes: number[]) => concat([0x28], ...sizes.map(int), [0x74]);
  const global = (name: string) => encoder.encode(`c${name}\n`);
  return concat(
    global('torch._utils\n_rebuild_tensor_v2'),
    [0x28, 0x28],
    text('storage'),
    global('torch\nFloatStorage'),
    text('0'),
    text('cpu'),
    int(elements),
    [0x74, 0x51],
    int(offset),
    tuple(shape),
    tuple(strides),
    [0x89, 0x4e, 0x74, 0x52],
  );
}

/** A checkpoint of one pickle and the bytes of storage "0". */
export function checkpoint(
  main: Uint8Array,
  storage = new Uint8Array(16),
  options: ZipOptions = {},
): Uint8Array {
  return zip(
    [
      ['m/data.pkl', main],
      ['m/data/0', storage],
    ],
    options,
  );
}
