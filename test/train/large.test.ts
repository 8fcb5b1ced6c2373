import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

// Reading in a process of its own, whose heap is smaller than the file. npm run test:thorough reads 100 MB instead of 24.
const ROWS = inject('thorough') ? 201_000 : 48_000;
/** Of which a tenth is text. */
const ROW_BYTES = 520;

const folder = await mkdtemp(join(tmpdir(), 'hashformer-large-'));
const program = join(folder, 'read.mjs');
afterAll(() => rm(folder, { recursive: true, force: true }));

function text(i: number): string {
  return `review ${i}: this is what somebody wrote of it`;
}

const filler = 'x'.repeat(ROW_BYTES - 60);
const formats: Record<string, (i: number) => string> = {
  csv: (i) => (i === 0 ? 'text,other,label\n' : `"${text(i)}",${filler},${i % 3}\n`),
  jsonl: (i) => (i === 0 ? '' : `${JSON.stringify({ text: text(i), other: filler, label: i % 3 })}\n`),
};

async function file(format: string): Promise<string> {
  const path = join(folder, `large.${format}`);
  const lines = Array.from({ length: ROWS + 1 }, (_, i) => i);
  await pipeline(Readable.from(lines).map(formats[format]!), createWriteStream(path));
  return path;
}

beforeAll(async () => {
  const dataset = fileURLToPath(new URL('../../src/train/data/dataset.ts', import.meta.url));
  const entry = join(folder, 'entry.ts');
  await writeFile(
    entry,
    `import { readDataset } from ${JSON.stringify(dataset)};
    const [path, text] = process.argv.slice(2);
    const columns = { text, label: 'label' };
    try {
      const { examples, summary } = await readDataset(path, { task: 'text-classification', columns });
      console.log(JSON.stringify({ used: summary.used, counts: summary.counts, last: examples.at(-1) }));
    } catch ({ code, message }) {
      console.log(JSON.stringify({ code, message }));
    }`,
  );
  await build({
    entryPoints: [entry],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
});

function read(path: string, column: string, heapMegabytes: number): Promise<Record<string, unknown>> {
  const heap = [`--max-old-space-size=${heapMegabytes}`, '--max-semi-space-size=2'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...heap, program, path, column], (error, stdout) =>
      error ? reject(error) : resolve(JSON.parse(stdout)),
    );
  });
}

describe.each(['csv', 'jsonl'])('a large .%s', (format) => {
  it('is read with a heap that is smaller than the file', async () => {
    const path = await file(format);
    const heap = Math.ceil(ROWS / 2400);
    expect((await stat(path)).size).toBeGreaterThan(1.15 * heap * 2 ** 20);
    const third = ROWS / 3;
    expect(await read(path, 'text', heap)).toEqual({
      used: ROWS,
      counts: [third, third, third],
      last: { text: text(ROWS), label: ROWS % 3 },
    });
  });

  it('says so when its texts need more than there is', async () => {
    const { code, message } = await read(join(folder, `large.${format}`), 'other', 24);
    expect(code).toBe('memory');
    expect(message).toMatch(
      /is too large: its first [\d,]+ rows take .*=--max-old-space-size=\d+, or train on a part\.$/,
    );
  });
});
