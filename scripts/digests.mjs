// The table of digests: what tests of runtimes have recorded (test/digest/record.ts), a row a runtime. Run by itself it
// prints the table of the last `npm run test:runtimes`; with --write it puts it into docs/determinism.md.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const folder = new URL('../.cache/digests/', import.meta.url);
const PAGE = new URL('../docs/determinism.md', import.meta.url);
const COLUMNS = ['simd', 'scalar', 'js'];
const BLOCK = /(<!-- digests -->\n)[\s\S]*?(<!-- \/digests -->)/;

/** Rows of the table: { runtime, engine, digests: { simd?, scalar?, js? } }, by name. */
async function readRecords() {
  const names = await readdir(folder).catch(() => []);
  const records = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(new URL(name, folder), 'utf8'))),
  );
  return records.sort((a, b) => a.runtime.localeCompare(b.runtime, 'en'));
}

function table(records) {
  const cell = (digest = '') => {
    if (typeof digest === 'number') return `the first ${digest === 1 ? 'text' : `${digest} texts`} as Node`;
    return digest === '' ? '' : `\`${digest}\``;
  };
  const rows = records.map(({ runtime, engine, digests }) => [
    runtime,
    engine,
    ...COLUMNS.map((column) => cell(digests[column])),
  ]);
  const lines = [['runtime', 'engine', 'simd', 'scalar', 'hashformer/js'], ...rows];
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  lines.splice(
    1,
    0,
    widths.map((width) => '-'.repeat(width)),
  );
  return lines.map((line) => `| ${line.map((one, i) => one.padEnd(widths[i])).join(' | ')} |`).join('\n');
}

/** Prints the table and whether all of a column are equal; true if they are. */
export async function printDigests() {
  const records = await readRecords();
  if (records.length === 0) return true;
  console.log(`\n${table(records)}\n`);
  let equal = true;
  for (const column of COLUMNS) {
    const found = new Set(
      records.map(({ digests }) => digests[column]).filter((digest) => typeof digest === 'string'),
    );
    if (found.size <= 1) continue;
    equal = false;
    console.log(`The digests of ${column} differ.`);
  }
  return equal;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const records = await readRecords();
  if (records.length === 0) {
    console.log('No runtime has been tested yet: npm run test:runtimes');
    process.exitCode = 1;
  } else {
    if (!(await printDigests())) process.exitCode = 1;
    else if (process.argv.includes('--write')) {
      const page = await readFile(PAGE, 'utf8');
      await writeFile(
        PAGE,
        page.replace(BLOCK, (_, begin, end) => `${begin}${table(records)}\n${end}`),
      );
    }
  }
}
