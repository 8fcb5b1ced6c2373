import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HashFormer, hashToken, pipeline } from '../../src/index.ts';
import { hashformer, ROOT, rowsOf, temporaryFolder } from './run.ts';

const at = await temporaryFolder();
const SHIPPED = join(ROOT, 'models', 'sentiment');

async function jsonOf(args: readonly string[]) {
  const { code, stdout, stderr } = await hashformer([...args, '--json']);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

describe('embed', () => {
  const TEXTS = ['How do I reset my password?', 'Water boils.'];

  it('gives the vectors of the library, bit for bit', async () => {
    const extract = await pipeline('feature-extraction');
    const { data, shape } = await extract(TEXTS);
    const rows = await jsonOf(['embed', ...TEXTS]);
    const size = shape[1]!;
    for (const [i, { text, embedding }] of rows.entries()) {
      expect(text).toBe(TEXTS[i]);
      expect(Float32Array.from(embedding)).toEqual(data.slice(i * size, (i + 1) * size));
    }
    extract.dispose();
  });

  it('spreads a vector over the columns of CSV, and reads as a list from Parquet', async () => {
    const [{ embedding }] = await jsonOf(['embed', TEXTS[0]!]);
    const { stdout } = await hashformer(['embed', TEXTS[0]!, '--csv']);
    const [header, row] = stdout.trimEnd().split('\n');
    expect(header).toBe(['text', ...embedding.map((_: number, i: number) => `embedding_${i}`)].join(','));
    expect(row!.split(',').slice(1).map(Number)).toEqual(embedding);
    const { parquetReadObjects } = await import('hyparquet');
    const { bytes } = await hashformer(['embed', TEXTS[0]!, '--parquet']);
    const [read] = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    expect(Float32Array.from(read!.embedding)).toEqual(Float32Array.from(embedding));
  });

  it('pools and normalises as asked', async () => {
    const length = async (...options: string[]) => {
      const [row] = await rowsOf(['embed', TEXTS[0]!, ...options]);
      const embedding = row!.embedding as number[];
      return { size: embedding.length, norm: Math.hypot(...embedding) };
    };
    expect((await length()).norm).toBeCloseTo(1, 5);
    expect((await length('--no-normalize')).norm).not.toBeCloseTo(1, 2);
    const cls = ['--model', SHIPPED, '--pooling', 'cls'];
    expect(await length(...cls, '--normalize')).toEqual({ size: 128, norm: expect.closeTo(1, 5) });
    const { code, stderr } = await hashformer(['embed', 'x', '--pooling', 'sum']);
    expect(code).toBe(2);
    expect(stderr).toContain('Allowed choices are cls, mean, max');
  });
});

describe('hash', () => {
  it('gives the hashes of the library', async () => {
    const tokens = ['witty', 'Movie', 'two words', ''];
    const rows = await rowsOf(['hash', ...tokens]);
    expect(rows).toEqual(
      await Promise.all(tokens.map(async (token) => ({ token, ...(await hashToken(token)) }))),
    );
    const options = { hash: 'simhash', key: 'k', buckets: 100 } as const;
    const [row] = await rowsOf(['hash', 'colour', '--hash', 'simhash', '--key', 'k', '--buckets', '100']);
    expect(row).toEqual({ token: 'colour', ...(await hashToken('colour', options)) });
  });

  it('asks for the tokenizer that lsh needs', async () => {
    const { code, stderr } = await hashformer(['hash', 'movie', '--hash', 'lsh']);
    expect(code).toBe(2);
    expect(stderr).toContain('name a tokenizer.json with --tokenizer');
    const tokenizer = join(ROOT, 'test', 'golden', 'roberta-bpe', 'tokenizer.json');
    const [row] = await rowsOf(['hash', 'movie', '--hash', 'lsh', '--tokenizer', tokenizer]);
    expect(row).toEqual({ token: 'movie', ...(await hashToken('movie', { hash: 'lsh', tokenizer })) });
  });
});

describe('inspect', () => {
  it('counts every stored parameter', async () => {
    const report = await jsonOf(['inspect']);
    const model = await HashFormer.load(SHIPPED);
    expect(report).toMatchObject({
      model: 'sentiment',
      config: model.config,
      labels: ['NEGATIVE', 'POSITIVE'],
      dtypes: ['int8', 'f32'],
      heads: ['classification'],
      memoryBytes: model.memoryBytes,
      backend: 'wasm',
    });
    model.dispose();
    const sum = (key: string) =>
      report.parts.reduce((total: number, part: Record<string, number>) => total + part[key]!, 0);
    expect(sum('parameters')).toBe(report.parameters);
    expect(sum('bytes')).toBe(report.bytes);
    expect(report.variants.map(({ variant }: { variant: string }) => variant)).toEqual([
      'emb',
      'pool',
      'add',
      'proj',
      'ngram',
    ]);
    const own = report.variants.find(({ variant }: { variant: string }) => variant === 'ngram');
    expect(own).toMatchObject({ total: report.parameters, embedding: report.parts[0].parameters });
    const { size } = await import('node:fs').then(({ statSync }) =>
      statSync(join(SHIPPED, 'model.safetensors')),
    );
    expect(report.bytes).toBeLessThan(size);
    expect(report.checksum).toMatch(/^xxh64:/);
  });

  it('prints tables for people', async () => {
    const { code, stdout } = await hashformer(['inspect', 'sentence']);
    expect(code).toBe(0);
    for (const line of [
      /^model +sentence \(built in\)$/m,
      /^vectors +mean pooling, 384 numbers, length 1$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
    expect(stdout).toMatch(/^total +[\d,]+ +100\.0% +[\d,]+$/m);
    expect(stdout).toMatch(/^ngram .*<- this model$/m);
  });

  it("prints the paper's table by formula", async () => {
    const rows = await jsonOf(['inspect', '--paper']);
    expect(rows.map(({ variant, embedding }: Record<string, unknown>) => [variant, embedding])).toEqual([
      ['emb', 50265 * 768],
      ['pool', (1025 + 13) * 768],
      ['add', 2 * 128 * 768],
      ['proj', (128 + 1) * 768],
    ]);
    const { stdout } = await hashformer(['inspect', '--paper']);
    expect(stdout).toMatch(/^proj +\(128 \+ 1\) x 768 +99,072 +99\.1K/m);
    expect(stdout).toMatch(/^emb +50,265 x 768 +38,603,520 +38\.6M/m);
  });
});

describe('init', () => {
  it('makes a model that loads, the same for the same seed', async () => {
    const options = [
      '--labels',
      'bad, so-so,good',
      '--variant',
      'pool',
      '--hidden',
      '32',
      '--layers',
      '1',
      '--seed',
      '7',
    ];
    const made = await hashformer(['init', at('one'), ...options]);
    expect([made.code, made.stdout]).toEqual([0, '']);
    expect(made.stderr).toMatch(/^hashformer: wrote .*: [\d,]+ parameters/);
    await hashformer(['init', at('two'), ...options]);
    const weights = (name: string) => readFile(at(name, 'model.safetensors'));
    expect((await weights('one')).equals(await weights('two'))).toBe(true);
    const model = await HashFormer.load(at('one'));
    expect(model.labels).toEqual(['bad', 'so-so', 'good']);
    expect(model.config).toMatchObject({ variant: 'pool', hidden_size: 32, intermediate_size: 128 });
    model.dispose();
    expect(await rowsOf(['classify', 'text', '--model', at('one'), '-k', 'all'])).toHaveLength(3);
  });

  it('starts from a config.json, whose fields options change', async () => {
    const config = join(SHIPPED, 'config.json');
    await hashformer(['init', config, at('three'), '--layers', '1', '--sentence', '16']);
    const written = JSON.parse(await readFile(at('three', 'config.json'), 'utf8'));
    const expected = { num_hidden_layers: 1, sentence_embedding_size: 16, pooling: 'mean', hidden_size: 128 };
    expect(written).toMatchObject(expected);
    const [row] = await rowsOf(['embed', 'text', '--model', at('three')]);
    expect(row!.embedding).toHaveLength(16);
  });

  it('says what is wrong with a configuration', async () => {
    const run = async (...args: string[]) => (await hashformer(['init', ...args], { cwd: at() })).stderr;
    expect(await run('new', '--hidden', '33')).toContain(
      '"num_attention_heads" must be a divisor of hidden_size (33)',
    );
    await writeFile(at('list.json'), '[]');
    expect(await run('list.json', 'new')).toContain('"list.json" must hold an object');
    await writeFile(at('broken.json'), '{');
    expect(await run('broken.json', 'new')).toContain('"broken.json" is not JSON');
    expect(await run('none.json', 'new')).toContain('"none.json" could not be read');
    expect(await readdir(at())).not.toContain('new');
  });
});

describe('convert', () => {
  it('reports sizes and the error of the logits', async () => {
    await hashformer(['init', at('f32'), '--labels', 'a,b,c']);
    const report = await jsonOf([
      'convert',
      at('f32'),
      at('int8'),
      '--dtype',
      'int8',
      '--layout',
      'reference',
    ]);
    expect(report).toMatchObject({
      dtypes: { before: ['f32'], after: ['int8', 'f32'] },
      layout: { before: 'hashformer', after: 'reference' },
      compared: 'logits',
    });
    expect(report.bytes.after).toBeLessThan(report.bytes.before * 0.3);
    expect(report.mean).toBeGreaterThan(0);
    expect(report.largest).toBeGreaterThan(report.mean);
    expect(report.largest).toBeLessThan(0.05);

    const models = await Promise.all([at('f32'), at('int8')].map((folder) => HashFormer.load(folder)));
    await writeFile(at('compare.csv'), 'id,review\n1,good one\n2,bad one\n');
    const texts = ['good one', 'bad one'];
    const [before, after] = await Promise.all(models.map((model) => model.logits(texts)));
    const largest = Math.max(...before!.data.map((value, i) => Math.abs(value - after!.data[i]!)));
    const own = await jsonOf([
      'convert',
      at('f32'),
      at('int8'),
      '--dtype',
      'int8',
      '--texts',
      at('compare.csv'),
      '--force',
    ]);
    expect(own).toMatchObject({ texts: 2, largest });
    for (const model of models) model.dispose();
  });

  it('says in words what it did, and loses nothing between layouts', async () => {
    const { code, stdout, stderr } = await hashformer([
      'convert',
      'sentence',
      at('ours'),
      '--layout',
      'hashformer',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^weights +int8 -> int8\nlayout +\w+ -> hashformer\nbytes .*\nerror +vectors of 16 texts: /,
    );
    expect(stdout).toContain('largest difference 0.00e+0');
  });

  it.each(['f32', 'f16', 'bf16'])('writes %s', async (dtype) => {
    const report = await jsonOf(['convert', 'sentiment', at(`to-${dtype}`), '--dtype', dtype]);
    expect(report.dtypes.after).toEqual([dtype]);
    expect(report.changedLabels).toBe(0);
  });

  it('replaces no model unless told to, and never its own', async () => {
    await hashformer(['init', at('kept')]);
    const refused = await hashformer(['convert', 'sentiment', at('kept')]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('already has a config.json; add --force to replace it');
    expect((await hashformer(['convert', 'sentiment', at('kept'), '--force'])).code).toBe(0);
    const same = await hashformer(['convert', at('kept'), join(at('kept'), '.'), '--force']);
    expect(same.code).toBe(2);
    expect(same.stderr).toContain('cannot be converted onto itself');
    expect((await hashformer(['init', at('kept')])).code).toBe(1);
    expect((await hashformer(['convert', 'sentiment', 'https://example.com/x'])).code).toBe(2);
  });
});
