import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { addAbortSignal } from 'node:stream';
import { HashformerError } from '../errors.ts';
import { type Decompressed, decompress } from './decompress.ts';
import { nameOf } from './format.ts';
import type { Meter } from './meter.ts';

/** Some whole lines of a file. */
export interface Block {
  readonly bytes: Buffer;
  /** Number of the first line, from 1. */
  readonly line: number;
}

const NEWLINE = 0x0a;
const LONGEST_LINE = 64 * 1024 * 1024;
const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF16_MARKS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

function open(path: string | null, signal: AbortSignal): AsyncIterable<Buffer> {
  return path === null ? addAbortSignal(signal, process.stdin) : createReadStream(path, { signal });
}

async function* metered(chunks: AsyncIterable<Buffer>, meter: Meter): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    meter.done += chunk.length;
    yield chunk;
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** The error of a file that has a zero byte in a line. */
export function binary(where: string, line: number): HashformerError {
  return new HashformerError('source', `${where}, line ${line}: expected text, got a binary file.`);
}

/** Says which line is no UTF-8, and what the file may be instead. */
function badEncoding({ bytes, line }: Block, where: string): HashformerError {
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    if (!isUtf8(bytes.subarray(start, end))) break;
    start = end + 1;
    line++;
  }
  const wide = line === 1 && UTF16_MARKS.some((mark) => bytes.subarray(0, 2).equals(mark));
  if (!wide && bytes.includes(0)) return binary(where, line);
  return new HashformerError(
    'source',
    `${where}, line ${line}: expected UTF-8, got ${wide ? 'UTF-16' : 'other bytes'}; convert it first, ` +
      `as with iconv -f ${wide ? 'UTF-16' : 'ISO-8859-1'} -t UTF-8.`,
  );
}

/** The block, without the mark that a file may begin with. */
async function checked(block: Block, where: string, { compressed, chunks }: Decompressed): Promise<Block> {
  if (!isUtf8(block.bytes)) {
    // That a compressed file is damaged shows at its end, by a checksum: then this is only what came of it.
    while (compressed && !(await chunks.next()).done);
    throw badEncoding(block, where);
  }
  const marked = block.line === 1 && block.bytes.subarray(0, 3).equals(UTF8_MARK);
  return marked ? { bytes: block.bytes.subarray(3), line: 1 } : block;
}

/**
 * Reads a file in pieces that end where lines end, so that no character and no record of one line is cut. What has
 * arrived is passed on at once: a slow pipe gets its answers as it goes. What is compressed by gzip or xz is read too.
 *
 * @param path null for stdin
 * @throws HashformerError `source`: unreadable, damaged, not UTF-8, or a line of more than 64 MiB; `dependency`
 */
export async function* readBlocks(
  path: string | null,
  meter: Meter,
  signal: AbortSignal,
): AsyncGenerator<Block> {
  const where = nameOf(path);
  let file: Decompressed;
  let line = 1;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  try {
    file = await decompress(metered(open(path, signal), meter), where);
    for await (const chunk of file.chunks) {
      const end = chunk.lastIndexOf(NEWLINE) + 1;
      if (end > 0) {
        const block = { bytes: Buffer.concat([...pending, chunk.subarray(0, end)]), line };
        yield await checked(block, where, file);
        line += countLines(block.bytes);
        pending = [];
        pendingBytes = 0;
      }
      if (end < chunk.length) pending.push(chunk.subarray(end));
      pendingBytes += chunk.length - end;
      if (pendingBytes > LONGEST_LINE) {
        throw new HashformerError(
          'source',
          `${where}, line ${line}: a line has more than 64 MiB; is it a text file?`,
        );
      }
    }
  } catch (cause) {
    if (cause instanceof HashformerError || signal.aborted) throw cause;
    throw new HashformerError('source', `${where} could not be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
  if (pending.length > 0) yield await checked({ bytes: Buffer.concat(pending), line }, where, file);
}
