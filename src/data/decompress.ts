import { pipeline, Readable } from 'node:stream';
import { HashformerError } from '../errors.ts';
import { optional } from '../optional.ts';

const GZIP = Buffer.from([0x1f, 0x8b]);
const XZ = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

/** What xz-embedded's error numbers say of a file. */
const XZ_PROBLEMS: Readonly<Record<string, string>> = {
  3: 'needs more memory than there is',
  4: 'needs more memory than there is',
  5: 'is damaged',
  6: 'uses a filter or a check other than those of the command xz as it comes; compress it again',
  7: 'is damaged',
  8: 'is truncated',
};

function unreadable(where: string, kind: string, problem: string, cause: unknown): HashformerError {
  return new HashformerError('source', `${where} could not be decompressed: the ${kind} file ${problem}.`, {
    cause,
  });
}

async function* gunzip(chunks: AsyncIterable<Buffer>, where: string): AsyncGenerator<Buffer> {
  const { createGunzip } = await import('node:zlib');
  // What the source throws reaches the reader too.
  const stream = pipeline(Readable.from(chunks), createGunzip(), () => undefined);
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (!code?.startsWith('Z_')) throw cause;
    throw unreadable(where, 'gzip', code === 'Z_BUF_ERROR' ? 'is truncated' : 'is damaged', cause);
  }
}

async function* unxz(chunks: AsyncIterable<Buffer>, where: string): AsyncGenerator<Buffer> {
  const { XzReadableStream } = (
    await optional('xz-decompress', 'Reading xz files', () => import('xz-decompress'))
  ).default;
  const source = Readable.toWeb(Readable.from(chunks)) as ReadableStream<Uint8Array>;
  try {
    for await (const chunk of new XzReadableStream(source) as unknown as AsyncIterable<Uint8Array>) {
      if (chunk.length > 0) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    }
  } catch (cause) {
    const number = /error code (\d+)/.exec((cause as Error).message)?.[1];
    if (number === undefined) throw cause;
    throw unreadable(where, 'xz', XZ_PROBLEMS[number] ?? `gives the error ${number}`, cause);
  }
}

/** A file's bytes, and whether they are not those on the disk. */
export interface Decompressed {
  readonly compressed: boolean;
  readonly chunks: AsyncGenerator<Buffer>;
}

/**
 * Decompresses what begins as gzip or xz does, and passes everything else on as it comes: neither begins as UTF-8.
 *
 * @param where what sentences call the file
 * @throws HashformerError, while it is read: `source`: a damaged or truncated file; `dependency`: xz without its package
 */
export async function decompress(chunks: AsyncIterable<Buffer>, where: string): Promise<Decompressed> {
  const source = chunks[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  const is = (magic: Buffer) => start.subarray(0, magic.length).equals(magic);
  // A slow pipe is waited for only while its first bytes may still become either.
  const undecided = (magic: Buffer) =>
    start.length < magic.length && magic.subarray(0, start.length).equals(start);
  while (undecided(GZIP) || undecided(XZ)) {
    const { done, value } = await source.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  const all = startingWith(start, source);
  if (is(GZIP)) return { compressed: true, chunks: gunzip(all, where) };
  if (is(XZ)) return { compressed: true, chunks: unxz(all, where) };
  return { compressed: false, chunks: all };
}

/** What was read already, and the rest. */
async function* startingWith(start: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (start.length > 0) yield start;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
