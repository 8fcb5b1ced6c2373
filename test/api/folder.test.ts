import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { writeSafetensors } from '../../src/formats/safetensors-writer.ts';
import type { StoredTensor } from '../../src/formats/stored-tensor.ts';
import type { LoadOptions } from '../../src/model/call-options.ts';
import {
  differingBits,
  emptyFolder,
  type Files,
  failure,
  load as loadFiles,
  roberta,
  TEXTS,
  TOKENIZER,
  tinyModel,
} from '../helpers.ts';

const load = (source: unknown, options?: LoadOptions) => loadFiles(source as Files, options);

/** A folder with a model that save() wrote. */
async function savedModel(fields: Record<string, unknown> = {}) {
  const folder = await emptyFolder();
  const model = await load(tinyModel(fields));
  await model.save(folder);
  return { folder, model, expected: await model.logits(TEXTS) };
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The files of a folder by name, with a digest of what is in them. */
async function digests(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).sort();
  const digest = async (name: string) => sha256(await readFile(join(folder, name)));
  return new Map(await Promise.all(names.map(async (name) => [name, await digest(name)] as const)));
}

/** Cuts a weight file into `count` shards with their index. */
async function shard(folder: string, count: number): Promise<void> {
  const { tensors } = readSafetensors(await readFile(join(folder, 'model.safetensors')));
  const weight_map: Record<string, string> = {};
  const parts = Array.from({ length: count }, () => new Map<string, StoredTensor>());
  for (const [i, [name, tensor]] of [...tensors].entries()) {
    weight_map[name] = `model-${(i % count) + 1}-of-${count}.safetensors`;
    parts[i % count]!.set(name, tensor);
  }
  for (const [i, part] of parts.entries()) {
    await writeFile(
      join(folder, `model-${i + 1}-of-${count}.safetensors`),
      writeSafetensors(part, { format: 'pt' }),
    );
  }
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map }));
  await rm(join(folder, 'model.safetensors'));
}

describe('a folder', () => {
  it('is named by a path, relative or not, by an address, or by a URL', async () => {
    const { folder, expected } = await savedModel();
    const url = pathToFileURL(folder);
    for (const source of [
      folder,
      `${folder}/`,
      relative(process.cwd(), folder),
      url,
      url.href,
      `${url.href}/`,
    ]) {
      const model = await load(source);
      expect(differingBits((await model.logits(TEXTS)).data, expected.data), String(source)).toBe(0);
    }
  });

  it('is written alike by a path, an address and a URL, and made where it is missing', async () => {
    const { folder, model } = await savedModel();
    const parent = await emptyFolder();
    const names = ['a/b', 'with space', 'größe #1%'];
    await model.save(join(parent, names[0]!));
    await model.save(pathToFileURL(join(parent, names[1]!)));
    await model.save(pathToFileURL(join(parent, names[2]!)).href);
    for (const name of names) expect(await digests(join(parent, name))).toEqual(await digests(folder));
    expect((await readdir(parent)).sort()).toEqual(['a', ...names.slice(1)].sort());
    expect([...(await digests(folder)).keys()]).toEqual(['config.json', 'model.safetensors']);
  });

  it('holds what save() without a target gives, and saved again the same bytes', async () => {
    for (const fields of [{ variant: 'ngram' }, { variant: 'pool', hash: 'lsh' }]) {
      const { folder, model } = await savedModel(fields);
      const { weights, config, ...rest } = await model.save();
      const tokenizer = rest.tokenizer as { model: object } | undefined;
      const files = await digests(folder);
      expect(files.get('model.safetensors')).toBe(sha256(weights));
      const json = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'));
      expect(await json('config.json')).toEqual(config);
      if (fields.hash === 'lsh') expect((await json('tokenizer.json')).model).toEqual(tokenizer!.model);
      const again = await load(folder);
      await again.save(folder);
      expect(await digests(folder)).toEqual(files);
    }
  });

  it('may hold its weights in shards, the checksum of each verified', async () => {
    for (const count of [1, 2, 5]) {
      const { folder, expected } = await savedModel();
      await shard(folder, count);
      const model = await load(folder);
      expect(differingBits((await model.logits(TEXTS)).data, expected.data)).toBe(0);
      const name = `model-${count}-of-${count}.safetensors`;
      const bytes = await readFile(join(folder, name));
      const { tensors } = readSafetensors(bytes);
      await writeFile(join(folder, name), writeSafetensors(tensors, { checksum: 'xxh64:0000000000000000' }));
      expect((await failure(() => load(folder), 'weights')).message).toContain('checksum');
      await rm(join(folder, name));
      expect((await failure(() => load(folder), 'source')).message).toContain(name);
    }
  });

  it.each<[string, string, string | null, 'source' | 'config' | 'weights']>([
    ['has no config.json', 'config.json', null, 'source'],
    ['has no weights', 'model.safetensors', null, 'source'],
    ['has an empty config.json', 'config.json', '', 'config'],
    ['has a config.json that is not JSON', 'config.json', '{"variant":', 'config'],
    ['has a config.json that is not UTF-8', 'config.json', '{"a":"\xff"}', 'config'],
    ['has a config.json that is a list', 'config.json', '[]', 'config'],
    ['has a config.json that is null', 'config.json', 'null', 'config'],
    ['has empty weights', 'model.safetensors', '', 'weights'],
    ['has a web page for weights', 'model.safetensors', '<!DOCTYPE html><html>not found</html>', 'weights'],
    [
      'has a pointer for weights',
      'model.safetensors',
      'version https://git-lfs.github.com/spec/v1\n',
      'weights',
    ],
  ])('that %s is an error', async (_, name, content, code) => {
    const { folder } = await savedModel();
    if (content === null) await rm(join(folder, name));
    else await writeFile(join(folder, name), content, 'latin1');
    await failure(() => load(folder), code);
  });

  it('that is none is an error', async () => {
    const { folder } = await savedModel();
    for (const source of [
      join(folder, 'nowhere'),
      join(folder, 'config.json'),
      'no\0folder',
      'x'.repeat(300),
      'file://host/path',
      'http://',
      'data:,x',
      new URL('blob:x'),
    ]) {
      await failure(() => load(source), 'source');
    }
    await mkdir(join(folder, 'odd', 'model.safetensors'), { recursive: true });
    await writeFile(join(folder, 'odd', 'config.json'), await readFile(join(folder, 'config.json')));
    await failure(() => load(join(folder, 'odd')), 'source');
  });

  it('must hold the tokenizer.json that the hash "lsh" needs', async () => {
    const { folder, expected } = await savedModel({ hash: 'lsh' });
    expect(differingBits((await (await load(folder)).logits(TEXTS)).data, expected.data)).toBe(0);
    for (const content of [
      '',
      '{',
      '[]',
      'null',
      '{"model": {}}',
      '{"model": {"type": "WordPiece", "vocab": {}}}',
    ]) {
      await writeFile(join(folder, 'tokenizer.json'), content);
      await failure(() => load(folder), 'tokenizer');
    }
    await rm(join(folder, 'tokenizer.json'));
    expect((await failure(() => load(folder), 'tokenizer')).message).toContain('tokenizer.json');
  });
});

describe('a hostile tokenizer.json', () => {
  const files = tinyModel({ hash: 'lsh' });
  const { model: bpe, ...rest } = roberta() as {
    model: { vocab: Record<string, number>; merges: unknown[] };
  };
  const withModel = (fields: object) => ({ ...rest, model: { ...bpe, ...fields } });

  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 5],
    ['an empty string', ''],
    ['an empty object', {}],
    ['a list', []],
    ['a file that is missing', 'nowhere/tokenizer.json'],
    ['a folder without one', '.'],
    ['another kind of model', withModel({ type: 'Unigram' })],
    ['no vocabulary', withModel({ vocab: null })],
    ['an empty vocabulary', withModel({ vocab: {} })],
    ['a vocabulary that is a list', withModel({ vocab: [['a', 1]] })],
    ['an id that is no integer', withModel({ vocab: { ...bpe.vocab, a: 1.5 } })],
    ['a negative id', withModel({ vocab: { ...bpe.vocab, a: -1 } })],
    ['an id that is text', withModel({ vocab: { ...bpe.vocab, a: '1' } })],
    ['no merges', withModel({ merges: undefined })],
    ['merges of one piece', withModel({ merges: ['a'] })],
    ['merges of three pieces', withModel({ merges: ['a b c'] })],
    ['merges of numbers', withModel({ merges: [[1, 2]] })],
    ['a merge of unknown pieces', withModel({ merges: ['zzzzqq zzzzqqq'] })],
    ['a merge whose result is unknown', withModel({ merges: [['a', '0']], vocab: bpe.vocab })],
  ])('is an error: %s', async (_, tokenizer) => {
    const given =
      tokenizer === null ? { config: files.config, weights: files.weights } : { ...files, tokenizer };
    await failure(() => load(given), 'tokenizer');
  });

  it('is not looked at where the hash does not need it', async () => {
    const model = await load({ ...tinyModel(), tokenizer: { nonsense: true } });
    expect((await model.encode(['a'])).shape[1]).toBe(model.config.hidden_size);
  });

  it('may be named by a path or an address too', async () => {
    const { config, weights } = files;
    const expected = await (await load(files)).logits(['a word']);
    for (const tokenizer of [
      TOKENIZER.href,
      relative(process.cwd(), TOKENIZER.pathname),
      new URL('.', TOKENIZER).href,
    ]) {
      const model = await load({ config, weights, tokenizer });
      expect(differingBits((await model.logits(['a word'])).data, expected.data)).toBe(0);
    }
  });
});

describe('writing', () => {
  it('that fails leaves what was there, and nothing half-written', async () => {
    const { folder, model } = await savedModel({ hash: 'lsh' });
    const before = await digests(folder);
    const other = await load(tinyModel({ num_labels: 5 }));
    // The last of the files cannot be replaced.
    await rm(join(folder, 'config.json'));
    await mkdir(join(folder, 'config.json', 'occupied'), { recursive: true });
    await failure(() => model.save(folder), 'source');
    await rm(join(folder, 'config.json'), { recursive: true });
    expect(await digests(folder)).toEqual(new Map([...before].filter(([name]) => name !== 'config.json')));
    await failure(() => other.save(join(folder, 'model.safetensors')), 'source');
    await failure(() => other.save(join(folder, 'model.safetensors', 'deeper')), 'source');
    expect([...(await digests(folder)).keys()]).toEqual(['model.safetensors', 'tokenizer.json']);
  });

  it('to what is no folder is an error', async () => {
    const model = await load(tinyModel());
    for (const target of [
      'http://localhost/model',
      new URL('https://localhost/'),
      'data:,x',
      'file://host/x',
      'no\0folder',
    ]) {
      await failure(() => model.save(target as string), 'source');
    }
    expect((await readdir('.')).filter((name) => /^(http|file|data)/.test(name))).toEqual([]);
  });

  it('of several at once into one folder leaves one of them whole', async () => {
    const folder = await emptyFolder();
    const models = await Promise.all([1, 2, 3, 4].map((seed) => load(tinyModel({}, { seed }))));
    await Promise.all(models.map((model) => model.save(folder)));
    expect([...(await digests(folder)).keys()]).toEqual(['config.json', 'model.safetensors']);
    const { data } = await (await load(folder)).logits(TEXTS);
    const answers = await Promise.all(models.map((model) => model.logits(TEXTS)));
    expect(answers.filter((answer) => differingBits(answer.data, data) === 0)).toHaveLength(1);
  });
});

describe('an address', () => {
  /** Serves a folder, and counts what is asked for. */
  async function serve(folder: string, answer?: (name: string) => number | undefined): Promise<string> {
    const server = createServer(async (request, response) => {
      const name = decodeURIComponent(request.url!.split('/').at(-1)!);
      const status = answer?.(name);
      if (status === 0) return;
      const bytes =
        status === undefined ? await readFile(join(folder, name)).catch(() => undefined) : undefined;
      response.writeHead(status ?? (bytes ? 200 : 404)).end(bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as { port: number }).port}/models/tiny`;
  }

  it('is read as a folder is', async () => {
    const { folder, expected } = await savedModel({ hash: 'lsh' });
    const address = await serve(folder);
    for (const source of [address, `${address}/`, new URL(address)]) {
      const { data } = await (await load(source)).logits(TEXTS);
      expect(differingBits(data, expected.data)).toBe(0);
    }
    await shard(folder, 2);
    expect(differingBits((await (await load(address)).logits(TEXTS)).data, expected.data)).toBe(0);
  });

  it('that does not answer, or not well, is an error', async () => {
    const { folder } = await savedModel();
    expect((await failure(async () => load(await serve(folder, () => 500)), 'source')).message).toContain(
      '500',
    );
    await failure(async () => load(await serve(folder, () => 404)), 'source');
    await failure(
      async () => load(await serve(folder, (name) => (name === 'config.json' ? undefined : 404))),
      'source',
    );
    await failure(() => load('http://127.0.0.1:1/model'), 'source');
  });

  it('that keeps silent is given up when the signal fires', async () => {
    const { folder } = await savedModel();
    const controller = new AbortController();
    const address = await serve(folder, (name) => {
      if (name === 'config.json') return undefined;
      setImmediate(() => controller.abort(new Error('too long')));
      return 0;
    });
    await failure(() => load(address, { signal: controller.signal }), 'aborted');
  });
});
