import { cp, mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { describeUnless, itUnless, needsPosix } from '../needs.ts';
import { ended, hashformer, linesOf, ROOT, start, temporaryFolder } from './run.ts';

const at = await temporaryFolder();
const COMMANDS = ['classify', 'embed', 'hash', 'inspect', 'convert', 'init'];

/** More than anybody waits for. */
const LONG = at('long.txt');
await writeFile(
  LONG,
  Array.from({ length: 100_000 }, (_, i) => `film ${i} is a long, slow, likeable mess\n`).join(''),
);

describe('help', () => {
  it.each(COMMANDS)('%s has examples', async (command) => {
    const { code, stdout, stderr } = await hashformer([command, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`Examples:\n  $ `);
    expect(stdout).toContain(`hashformer ${command}`);
    expect(await hashformer(['help', command])).toMatchObject({ code: 0, stdout });
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('names all commands, and the version', async () => {
    const { code, stdout } = await hashformer(['--help']);
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(`  ${command} `);
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    for (const option of ['--version', '-V'])
      expect((await hashformer([option])).stdout).toBe(`${version}\n`);
    const bare = await hashformer([]);
    expect([bare.code, bare.stdout]).toEqual([2, '']);
    expect(bare.stderr).toContain('Usage: hashformer');
  });
});

describe('errors', () => {
  const usage: [string[], string][] = [
    [['clasify', 'x'], "Unknown command 'clasify' (Did you mean classify?)."],
    [['classify', 'x', '--jsno'], "Unknown option '--jsno' (Did you mean --json?)."],
    [['classify', 'x', '--json', '--csv'], "Option '--json' cannot be used with option '--csv'."],
    [['classify', 'x', '--top-k', '0'], 'Expected a whole number from 1, or "all".'],
    [['classify', 'x', '--batch-size', '1.5'], 'Expected a whole number from 1.'],
    [['classify', 'x', '--tier', 'fast'], 'Allowed choices are simd, relaxed, scalar, fastest.'],
    [
      ['classify', 'x', '--output', 'x.xlsx'],
      '"x.xlsx" ends in none of .json, .jsonl, .ndjson, .csv, .parquet',
    ],
    [['classify', '--file', 'package.json'], '"package.json" ends in none of .txt, .jsonl'],
    [['classify', '--text-column', 'a', '-'], 'is read as one text a line and has no columns'],
    [['classify', '--input-format', 'parquet', '-'], 'Parquet is read from its end; name the file.'],
    [['convert', 'sentiment'], "Missing required argument 'out'."],
    [['inspect', 'a', 'b'], 'Too many arguments'],
  ];
  it.each(usage)('%j is wrong usage', async (args, sentence) => {
    const { code, stdout, stderr } = await hashformer(args, { input: 'text', cwd: ROOT });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^hashformer: error \(argument\): [A-Z"-]/);
    expect(stderr).toContain(sentence);
    expect(stderr).toMatch(/\nhashformer: see: hashformer (\w+ )?--help\n$/);
  });

  it('says when a file is not there, rather than classify its name', async () => {
    const { code, stdout, stderr } = await hashformer(['classify', 'revews.csv']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      'hashformer: error (source): There is no file "revews.csv"; if it is a text, write it after "--".\n',
    );
    expect((await hashformer(['classify', 'I saw it on film.txt'])).code).toBe(0);
  });

  it('fails where nothing can be written', async () => {
    const { code, stderr } = await hashformer(['classify', 'x', '--output', at('no', 'x.csv')]);
    expect(code).toBe(1);
    expect(stderr).toContain('could not be written: its folder does not exist.');
    expect((await hashformer(['classify', 'x', '--output', at(), '--csv'])).stderr).toContain('is a folder');
  });

  it('prints the whole lines that it had before a failure, and no empty array', async () => {
    await writeFile(at('half.jsonl'), '{"text":"a"}\n{"text":1}\n');
    const { code, stdout } = await hashformer(['classify', 'first', at('half.jsonl'), '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toHaveLength(1);
    expect((await hashformer(['classify', at('half.jsonl'), '--json'])).stdout).toBe('');
  });
});

describe('output files', () => {
  it('appear whole or not at all', async () => {
    await mkdir(at('whole'));
    const target = at('whole', 'out.jsonl');
    await writeFile(target, 'before');
    await writeFile(at('whole', 'bad.jsonl'), '{"text":1}\n');
    const failed = await hashformer(['classify', 'fine', at('whole', 'bad.jsonl'), '--output', target]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(`the answers to the first 1 texts are in ${target}.part`);
    expect(await readFile(target, 'utf8')).toBe('before');
    expect(linesOf(await readFile(`${target}.part`, 'utf8'))).toHaveLength(1);
    expect((await hashformer(['classify', 'fine', '--output', target])).code).toBe(0);
    expect(linesOf(await readFile(target, 'utf8'))).toHaveLength(1);
    expect((await readdir(at('whole'))).sort()).toEqual(['bad.jsonl', 'out.jsonl']);
  });

  itUnless(needsPosix, 'go through links and into devices', async () => {
    await writeFile(at('real.csv'), '');
    await symlink(at('real.csv'), at('link.csv'));
    await hashformer(['classify', 'x', '--output', at('link.csv')]);
    expect(await readFile(at('real.csv'), 'utf8')).toMatch(/^text,label,score\nx,/);
    expect((await hashformer(['classify', 'x', '--csv', '--output', '/dev/null'])).code).toBe(0);
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
    expect((await hashformer(['classify', 'x', '--csv', '--output', '-'])).stdout).toMatch(
      /^text,label,score\n/,
    );
  });
});

describeUnless(needsPosix, 'signals', () => {
  /** Starts a long run, interrupts it when rows have come, and waits for its end. */
  async function interrupted(args: readonly string[], signal: NodeJS.Signals = 'SIGINT', ready?: string) {
    const child = start(['classify', LONG, ...args]);
    const result = ended(child);
    if (ready === undefined) await new Promise((resolve) => child.stdout!.once('data', resolve));
    else
      while (((await stat(ready).catch(() => null))?.size ?? 0) === 0)
        await new Promise((wake) => setTimeout(wake, 20));
    child.kill(signal);
    // Started by npx, a program hears of one Ctrl-C twice.
    await new Promise((resolve) => setImmediate(resolve));
    child.kill(signal);
    return result;
  }

  it('leaves whole lines on Ctrl-C', async () => {
    const { code, stdout, stderr } = await interrupted(['--jsonl']);
    expect([code, stderr]).toEqual([130, '']);
    const rows = linesOf(stdout);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThan(100_000);
    for (const [i, { text, label }] of rows.entries()) {
      expect(text).toBe(`film ${i} is a long, slow, likeable mess`);
      expect(label).toMatch(/^(POSITIVE|NEGATIVE)$/);
    }
  });

  it('ends an array, and CSV with a line', async () => {
    const json = await interrupted(['--json']);
    expect(json.code).toBe(130);
    expect(JSON.parse(json.stdout).length).toBeGreaterThan(0);
    const csv = await interrupted(['--csv'], 'SIGTERM');
    expect(csv.code).toBe(143);
    expect(csv.stdout).toMatch(
      /^text,label,score\n("film \d+ is a long, slow, likeable mess",\w+,0\.\d+\n)+$/,
    );
  });

  it('keeps the rows of an output file beside it', async () => {
    const target = at('cut.csv');
    const { code, stderr } = await interrupted(['--output', target], 'SIGINT', `${target}.part`);
    expect(code).toBe(130);
    expect(stderr).toMatch(/^hashformer: the answers to the first \d+ texts are in .*cut\.csv\.part\n$/);
    expect(await stat(target).catch(() => null)).toBeNull();
    expect(await readFile(`${target}.part`, 'utf8')).toMatch(/,0\.\d+\n$/);
  });

  it('ends a Parquet file that it had only begun', async () => {
    const child = start(['classify', '--parquet'], { input: '' });
    const result = ended(child);
    // Nothing is written of a row group before it is full. But stdin takes more than pipes and buffers hold only when the
    // first texts have been answered.
    const texts = await readFile(LONG);
    await new Promise((resolve) => child.stdin!.write(texts.subarray(0, 1 << 20), resolve));
    child.kill('SIGINT');
    const { code, bytes } = await result;
    expect(code).toBe(130);
    const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThan(100_000);
  });

  it('stops while it waits for stdin', async () => {
    const child = start(['classify'], { input: '' });
    const result = ended(child);
    child.stdin!.write('one\n');
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    child.kill('SIGINT');
    const { code, stdout } = await result;
    expect(code).toBe(130);
    expect(linesOf(stdout)).toHaveLength(1);
  });

  it('ends quietly when its reader has left', async () => {
    const child = start(['classify', LONG, '--jsonl']);
    child.stdout!.once('data', () => child.stdout!.destroy());
    const { code, stderr } = await ended(child);
    expect([code, stderr]).toEqual([141, '']);
  });
});

describe('streams', () => {
  it('answers a slow pipe as it goes', async () => {
    const child = start(['classify'], { input: '' });
    const result = ended(child);
    for (const text of ['good', 'bad']) {
      child.stdin!.write(`${text}\n`);
      const chunk = await new Promise((resolve) => child.stdout!.once('data', resolve));
      expect(JSON.parse(String(chunk)).text).toBe(text);
    }
    child.stdin!.end();
    expect((await result).code).toBe(0);
  });

  it('reads 50 MB in little memory', async () => {
    const path = at('large.txt');
    const file = await open(path, 'w');
    const lines = 500_000;
    for (let i = 0; i < lines; i += 1000) {
      await file.write(
        Array.from({ length: 1000 }, (_, k) => `${i + k} ${'lorem ipsum dolor sit amet '.repeat(4)}\n`).join(
          '',
        ),
      );
    }
    await file.close();
    expect((await stat(path)).size).toBeGreaterThan(50e6);
    const report = at('memory');
    const preload = `import { writeFileSync } from 'node:fs';
      process.on('exit', () => writeFileSync(${JSON.stringify(report)}, String(process.resourceUsage().maxRSS)));`;
    const nodeOptions = [
      '--max-old-space-size=40',
      '--import',
      `data:text/javascript,${encodeURIComponent(preload)}`,
    ];
    const { code, stderr } = await hashformer(['hash', path, '--output', at('large.jsonl')], { nodeOptions });
    expect([code, stderr]).toEqual([0, '']);
    expect(Number(await readFile(report, 'utf8'))).toBeLessThan(160_000);
    const tail = (await readFile(at('large.jsonl'), 'utf8')).slice(-300);
    expect(tail).toContain(`{"token":"${lines - 1} lorem`);
  });
});

describe('without optional packages', async () => {
  for (const part of ['cli', 'wasm', 'models']) {
    await cp(join(ROOT, 'dist', part), at('bare', 'dist', part), { recursive: true });
  }
  await cp(join(ROOT, 'package.json'), at('bare', 'package.json'));
  await writeFile(at('in.csv'), 'text\na\n');
  await writeFile(at('in.parquet'), 'PAR1');
  const run = (...args: string[]) => hashformer(args, { cli: at('bare', 'dist', 'cli', 'main.js') });

  it('does what needs none', async () => {
    expect(await run('classify', 'a gorgeous movie')).toMatchObject({ code: 0, stderr: '' });
    expect((await run('classify', 'x', '--json', '--output', at('x.json'))).code).toBe(0);
    expect((await run('inspect')).code).toBe(0);
  });

  const cases: [string, string[], string][] = [
    ['csv-parse', ['classify', at('in.csv')], 'Reading CSV'],
    ['csv-stringify', ['classify', 'x', '--csv'], 'Writing CSV'],
    ['hyparquet', ['classify', at('in.parquet')], 'Reading Parquet'],
    ['hyparquet-writer', ['classify', 'x', '--output', at('none.parquet')], 'Writing Parquet'],
    ['cli-table3', ['classify', 'x', '--table'], 'Printing a table'],
    [
      'tokenizers',
      ['init', at('none'), '--variant', 'vocab', '--train-tokenizer', at('in.csv')],
      'Training a tokenizer',
    ],
  ];
  it.each(cases)('says how to install %s', async (name, args, purpose) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^hashformer: error \(dependency\): /);
    expect(stderr).toContain(purpose);
    expect(stderr).toContain(`needs the package ${name}, which is not installed; run: npm install ${name}\n`);
    expect(await readdir(at())).not.toContain('none.parquet.part');
  });
});
