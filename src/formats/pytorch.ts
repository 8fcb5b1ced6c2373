import { HashformerError } from '../errors.ts';
import { show } from '../show.ts';
import { impostor } from './impostor.ts';
import { Global, type Resolver, unpickle } from './pickle.ts';
import { byteSize, type DType, type StoredTensor, type WeightFile } from './stored-tensor.ts';
import { type Fail, readZip } from './zip.ts';

const ORDERED_DICT = 'collections.OrderedDict';
const REBUILD_TENSOR = 'torch._utils._rebuild_tensor_v2';
const REBUILD_PARAMETER = 'torch._utils._rebuild_parameter';
const STORAGES: ReadonlyMap<string, DType> = new Map([
  ['torch.DoubleStorage', 'F64'],
  ['torch.FloatStorage', 'F32'],
  ['torch.HalfStorage', 'F16'],
  ['torch.BFloat16Storage', 'BF16'],
  ['torch.LongStorage', 'I64'],
  ['torch.IntStorage', 'I32'],
  ['torch.ShortStorage', 'I16'],
  ['torch.CharStorage', 'I8'],
  ['torch.ByteStorage', 'U8'],
  ['torch.BoolStorage', 'BOOL'],
  ['torch.storage.UntypedStorage', 'U8'],
]);
/** Keys under which training scripts and frameworks put the state_dict beside other things. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model'];

/** PyTorch's own limit. */
const MOST_DIMENSIONS = 64;

const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;
/** Copies of transposed and expanded tensors may take this many times the file: real ones take less than once. */
const COPY_LIMIT = 4;

const HOW_TO_CONVERT =
  'load it in Python with torch.load and write the tensors with `from safetensors.torch import save_file`';

class Storage {
  readonly dtype: DType;
  readonly key: string;
  /** Elements. */
  readonly size: number;

  constructor(dtype: DType, key: string, size: number) {
    this.dtype = dtype;
    this.key = key;
    this.size = size;
  }
}

class Tensor {
  readonly storage: Storage;
  /** In elements, as are the strides. */
  readonly offset: number;
  readonly shape: number[];
  readonly strides: number[];

  constructor(storage: Storage, offset: number, shape: number[], strides: number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/**
 * Reads the tensors of a PyTorch checkpoint: a state_dict as torch.save writes it, in a zip archive (since
 * PyTorch 1.6) or as a bare series of pickles (before), possibly inside a dict under `state_dict` or `model`
 * (format: https://pytorch.org/docs/stable/notes/serialization.html). No code of the checkpoint is run. Contiguous
 * tensors are views of `bytes`, others are copied to row-major order.
 *
 * @param name what error sentences call the file
 * @throws HashformerError `weights`
 */
export function readPyTorch(bytes: Uint8Array, name = 'The checkpoint'): WeightFile {
  const fail: Fail = (problem) => new HashformerError('weights', `${name} ${problem}.`);
  const { value, storages } = startsWithZip(bytes) ? readArchive(bytes, fail) : readLegacy(bytes, fail);

  let room = COPY_LIMIT * bytes.length;
  const tensors = new Map<string, StoredTensor>();
  for (const [key, tensor] of stateDict(value, fail)) {
    if (typeof key !== 'string' || !(tensor instanceof Tensor)) {
      throw fail(
        `must map names to tensors, but holds ${show(tensor)} under ${show(key)}; save model.state_dict()`,
      );
    }
    const { storage, shape } = tensor;
    const fitting = (what: string) => fail(`is damaged: tensor ${show(key)} ${what}; download it again`);
    const data = storages(storage);
    if (data === undefined) throw fitting(`needs the storage ${show(storage.key)}, which is missing`);
    if (data.length !== byteSize(storage.dtype, [storage.size])) {
      throw fitting(
        `needs ${storage.size} elements of ${storage.dtype}, its storage has ${data.length} bytes`,
      );
    }
    const size = byteSize(storage.dtype, shape);
    if (!(size >= 0 && extent(tensor) <= storage.size)) throw fitting('reaches beyond its storage');
    const width = byteSize(storage.dtype, [1]);
    const contiguous = isContiguous(tensor);
    if (!contiguous) room -= size;
    if (room < 0) throw fail(`needs over ${COPY_LIMIT} times its size in memory; ${HOW_TO_CONVERT}`);
    tensors.set(key, {
      dtype: storage.dtype,
      shape,
      data: contiguous
        ? data.subarray(tensor.offset * width, tensor.offset * width + size)
        : gather(tensor, data, width, size),
    });
  }
  if (tensors.size === 0) throw fail('holds no tensors; save model.state_dict()');
  return { tensors, metadata: Object.create(null) };
}

/** Where a storage's bytes are. */
type Storages = (storage: Storage) => Uint8Array | undefined;

function startsWithZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

/** `<root>/data.pkl`, `<root>/data/<storage key>`, `<root>/byteorder` (since PyTorch 2.1). */
function readArchive(bytes: Uint8Array, fail: Fail): { value: unknown; storages: Storages } {
  const files = readZip(bytes, fail);
  const main = [...files.keys()].find((path) => /^[^/]+\/data\.pkl$/.test(path));
  if (main === undefined) throw fail('is a zip archive without data.pkl, so torch.save did not write it');
  const root = main.slice(0, -'data.pkl'.length);
  const order = files.get(`${root}byteorder`);
  if (order !== undefined && new TextDecoder().decode(order) !== 'little') {
    throw fail('was saved on a big-endian machine; load it there and write it with safetensors');
  }
  const { value } = unpickle(files.get(main)!, 0, resolver(fail), fail);
  return { value, storages: ({ key }) => files.get(`${root}data/${key}`) };
}

/** Pickles of a magic number, a version, the machine, the object and the storage keys; then the storages. */
function readLegacy(bytes: Uint8Array, fail: Fail): { value: unknown; storages: Storages } {
  const foreign = () =>
    fail(
      `is ${impostor(bytes) ?? 'no checkpoint of torch.save'}: expected a zip archive or a pickle; save model.state_dict() with torch.save`,
    );
  if (bytes[0] !== 0x80) throw foreign();
  const storagesByKey = new Map<string, Storage>();
  const parts = resolver(fail, storagesByKey);
  let at = 0;
  const next = (): unknown => {
    const { value, end } = unpickle(bytes, at, parts, fail);
    at = end;
    return value;
  };
  if (next() !== LEGACY_MAGIC || next() !== LEGACY_PROTOCOL) throw foreign();
  const machine = next();
  if (machine instanceof Map && machine.get('little_endian') === false) {
    throw fail('was saved on a big-endian machine; load it there and write it with safetensors');
  }
  const value = next();
  const keys = next();
  const data = new Map<string, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = storagesByKey.get(key);
    if (storage === undefined)
      throw fail(`is damaged: it lists the unknown storage ${show(key)}; download it again`);
    // A count of elements as int64, which the pickle has told already, stands in front.
    const end = at + 8 + byteSize(storage.dtype, [storage.size]);
    if (!(end <= bytes.length))
      throw fail(`is truncated: storage ${show(key)} is cut off; download it again`);
    if (view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32 !== storage.size) {
      throw fail(`is damaged: storage ${show(key)} is not of the expected size; download it again`);
    }
    data.set(key, bytes.subarray(at + 8, end));
    at = end;
  }
  return { value, storages: ({ key }) => data.get(key) };
}

/** Lets in what a state_dict is made of, and refuses every other name. */
function resolver(fail: Fail, storages = new Map<string, Storage>()): Resolver {
  const names = new Set([ORDERED_DICT, REBUILD_TENSOR, REBUILD_PARAMETER, ...STORAGES.keys()]);
  const odd = (what: string, got: unknown) =>
    fail(`is damaged: it has ${what}, got ${show(got)}; download it again`);

  function global(name: string): Global {
    if (names.has(name)) return new Global(name);
    throw fail(
      `needs ${show(name)}, and code that a checkpoint names is never run; save only model.state_dict(), or if you trust it ${HOW_TO_CONVERT}`,
    );
  }

  function call({ name }: Global, args: readonly unknown[]): unknown {
    if (name === ORDERED_DICT && args.length === 0) return new Map();
    if (name === REBUILD_PARAMETER && args[0] instanceof Tensor) return args[0];
    const [storage, offset, shape, strides] = args;
    if (
      name !== REBUILD_TENSOR ||
      !(storage instanceof Storage) ||
      !isSize(offset) ||
      !Array.isArray(shape) ||
      !Array.isArray(strides) ||
      shape.length !== strides.length ||
      shape.length > MOST_DIMENSIONS ||
      !shape.every(isSize) ||
      !strides.every(isSize)
    ) {
      throw odd(`an odd call of ${name}`, args);
    }
    // Copied: the pickle may append to its lists later.
    return new Tensor(storage, offset, [...shape], [...strides]);
  }

  function persistent(id: unknown): Storage {
    const [kind, type, key, , size, view] = Array.isArray(id) ? id : [];
    const dtype = type instanceof Global ? STORAGES.get(type.name) : undefined;
    if (
      kind !== 'storage' ||
      dtype === undefined ||
      typeof key !== 'string' ||
      !isSize(size) ||
      view != null
    ) {
      throw odd('an odd reference to a storage', id);
    }
    const storage = new Storage(dtype, key, size);
    if (!storages.has(key)) storages.set(key, storage);
    return storage;
  }

  return { global, call, persistent };
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The dict of tensors: the object itself, or the one dict it wraps under a usual key. */
function stateDict(value: unknown, fail: Fail): Map<unknown, unknown> {
  if (!(value instanceof Map))
    throw fail(`holds ${show(value)}, expected a dict of tensors; save model.state_dict()`);
  const wrapped = WRAPPERS.map((key) => value.get(key)).filter((inner) => inner instanceof Map);
  const bare = [...value.values()].some((item) => item instanceof Tensor);
  return !bare && wrapped.length === 1 ? (wrapped[0] as Map<unknown, unknown>) : value;
}

/** One past the last element of the storage that a tensor reads; 0 for a tensor without elements. */
function extent({ offset, shape, strides }: Tensor): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((last, size, i) => last + (size - 1) * strides[i]!, offset) + 1;
}

/** Whether a tensor's elements lie in row-major order without gaps. Strides of sizes 0 and 1 mean nothing. */
function isContiguous({ shape, strides }: Tensor): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) return false;
    expected *= shape[i]!;
  }
  return true;
}

/** Copies a strided tensor to row-major order; `width` is bytes an element, `size` bytes in all. */
function gather(tensor: Tensor, data: Uint8Array, width: number, size: number): Uint8Array {
  // Without sizes of 1 the number of dimensions is at most log2 of the elements, whatever the file says.
  const kept = tensor.shape.map((_, i) => i).filter((i) => tensor.shape[i] !== 1);
  const index = kept.map(() => 0);
  const out = new Uint8Array(size);
  let from = tensor.offset * width;
  for (let to = 0; to < size; to += width) {
    for (let byte = 0; byte < width; byte++) out[to + byte] = data[from + byte]!;
    for (let d = kept.length - 1; d >= 0; d--) {
      const length = tensor.shape[kept[d]!]!;
      const step = tensor.strides[kept[d]!]! * width;
      from += step;
      index[d]! += 1;
      if (index[d]! < length) break;
      from -= length * step;
      index[d] = 0;
    }
  }
  return out;
}
