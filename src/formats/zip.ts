/** Turns a sentence's middle ("is truncated: …; download it again") into the error to throw. */
export type Fail = (problem: string) => Error;

const END_RECORD = 0x06054b50;
const END_RECORD_SIZE = 22;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_LOCATOR_SIZE = 20;
const ZIP64_END_RECORD = 0x06064b50;
const ZIP64_END_RECORD_SIZE = 56;
const CENTRAL_HEADER = 0x02014b50;
const CENTRAL_HEADER_SIZE = 46;
const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_SIZE = 30;
const ZIP64_EXTRA = 1;
const LONGEST_COMMENT = 0xffff;
/** A 32-bit field that says: the number is in the zip64 record. */
const SATURATED = 0xffff_ffff;

/**
 * The files of an uncompressed zip archive by name, as views of `bytes` (format: PKWARE APPNOTE.TXT, with zip64).
 * The central directory decides; a local header only tells where its data begins, since torch.save pads it.
 *
 * @throws what `fail` makes: truncated, damaged, compressed, encrypted or doubled entries
 */
export function readZip(bytes: Uint8Array, fail: Fail): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const damaged = (what: string) => fail(`is damaged: ${what}; download it again`);

  /** Offset of a record that must lie within the file and begin with its signature. */
  const recordAt = (at: number, size: number, signature: number, what: string): number => {
    if (at + size > bytes.length || view.getUint32(at, true) !== signature)
      throw damaged(`${what} is not in its place`);
    return at;
  };
  const u64 = (at: number) => view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;

  const end = findEnd(view);
  if (end < 0)
    throw fail('is truncated: the directory at the end of the zip archive is missing; download it again');
  let count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === 0xffff || at === SATURATED) {
    const locator = recordAt(
      Math.max(end - ZIP64_LOCATOR_SIZE, 0),
      ZIP64_LOCATOR_SIZE,
      ZIP64_LOCATOR,
      'the zip64 locator',
    );
    const record = recordAt(u64(locator + 8), ZIP64_END_RECORD_SIZE, ZIP64_END_RECORD, 'the zip64 directory');
    count = u64(record + 32);
    at = u64(record + 48);
  }

  const files = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    recordAt(at, CENTRAL_HEADER_SIZE, CENTRAL_HEADER, `entry ${i} of the zip directory`);
    const nameEnd = at + CENTRAL_HEADER_SIZE + view.getUint16(at + 28, true);
    const next = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > bytes.length) throw damaged(`entry ${i} of the zip directory is cut off`);
    const name = new TextDecoder().decode(bytes.subarray(at + CENTRAL_HEADER_SIZE, nameEnd));
    if (view.getUint16(at + 8, true) & 1)
      throw fail(`is encrypted ("${name}"); save it again without a password`);
    if (view.getUint16(at + 10, true) !== 0) {
      throw fail(
        `is compressed ("${name}"), which torch.save never does; unpack it and save it again with torch.save`,
      );
    }

    // In this order, each only where its 32-bit field is saturated.
    const fields = [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ];
    let extra = nameEnd;
    while (extra + 4 <= next) {
      const extraEnd = Math.min(extra + 4 + view.getUint16(extra + 2, true), next);
      if (view.getUint16(extra, true) === ZIP64_EXTRA) {
        let wide = extra + 4;
        for (const [k, field] of fields.entries()) {
          if (field !== SATURATED || wide + 8 > extraEnd) continue;
          fields[k] = u64(wide);
          wide += 8;
        }
      }
      extra = extraEnd;
    }
    const [size, stored, header] = fields as [number, number, number];
    recordAt(header, LOCAL_HEADER_SIZE, LOCAL_HEADER, `"${name}"`);
    const begin =
      header + LOCAL_HEADER_SIZE + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    if (size !== stored || begin + size > bytes.length) throw damaged(`"${name}" does not fit into the file`);
    if (files.has(name)) throw damaged(`"${name}" is in it twice`);
    files.set(name, bytes.subarray(begin, begin + size));
    at = next;
  }
  return files;
}

/** The end record stands before a comment of unknown length, so it is searched for from the end; -1: none. */
function findEnd(view: DataView): number {
  const last = view.byteLength - END_RECORD_SIZE;
  for (let at = last; at >= 0 && at >= last - LONGEST_COMMENT; at--) {
    if (view.getUint32(at, true) === END_RECORD && at + view.getUint16(at + 20, true) === last) return at;
  }
  return -1;
}
