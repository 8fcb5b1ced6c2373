import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { Tokenizer } from 'tokenizers';
import { expect, it } from 'vitest';
import { HashFormer } from '../../src/model/hashformer.ts';
import { Random } from '../helpers.ts';
import { ended, hashformer, ROOT, start, temporaryFolder } from './run.ts';
import { reviews } from './training-data.ts';

const at = await temporaryFolder();
const CORPUS = `${ROOT}*.md`;
const train = (folder: string, corpus: string, ...options: string[]) =>
  hashformer(['init', folder, '--variant', 'vocab', '--train-tokenizer', corpus, ...options], { cwd: at() });

it('makes a tokenizer that tokenises as its library does, and a model that learns with it', async () => {
  const made = await train('model', CORPUS, '--vocab-size', '900');
  expect([made.code, made.stdout]).toEqual([0, '']);
  const path = at('model', 'tokenizer.json');
  expect(Object.keys(JSON.parse(await readFile(path, 'utf8')).model.vocab)).toHaveLength(900);
  const model = await HashFormer.load(at('model'));
  expect(model.config).toMatchObject({ variant: 'vocab', vocab_size: 900 });
  const library = Tokenizer.fromFile(path);
  for (const text of [
    'A token is hashed, and the hash is embedded.',
    'Élan? ☃ naïve: MODEL 12',
    '',
    '日本',
  ]) {
    expect([...model.assemble(text).ids], text).toEqual((await library.encode(text)).getIds());
    const pair = (await library.encode(text, 'of a pair')).getIds();
    expect([...model.assemble([text, 'of a pair']).ids]).toEqual(pair);
  }
  model.dispose();

  await writeFile(at('train.csv'), reviews(300, 1));
  await writeFile(at('dev.csv'), reviews(60, 2));
  const run = [
    '--model',
    'model',
    '--train',
    'train.csv',
    '--dev',
    'dev.csv',
    '--epochs',
    '6',
    '--out',
    'run',
  ];
  expect((await hashformer(['finetune', ...run], { cwd: at() })).code).toBe(0);
  const { metrics } = JSON.parse(await readFile(at('run', 'evaluation.json'), 'utf8'));
  expect(metrics.accuracy).toBeGreaterThan(0.9);
});

it('says what is wrong', async () => {
  const told = async (corpus: string, ...options: string[]) =>
    (await train('new', corpus, ...options)).stderr;
  await writeFile(at('latin1.txt'), Buffer.from('caf\xe9', 'latin1'));
  await writeFile(at('empty.txt'), '\n');
  await writeFile(at('packed.txt.gz'), '');
  await mkdir(at('folder'));
  expect(await told(CORPUS, '--vocab-size', '50')).toMatch(
    /The corpus has \d+ characters.* needs \d+ pieces or more, not 50; give a larger --vocab-size\./,
  );
  expect(await told('latin1.txt')).toContain('stream did not contain valid UTF-8');
  expect(await told('empty.txt')).toContain('empty.txt holds no text to train a tokenizer on.');
  expect(await told('packed.txt.gz')).toContain('unpack packed.txt.gz first');
  expect(await told('none.txt')).toContain('There is no file or folder "none.txt"');
  expect(await told('folder')).toContain('"folder" has no corpus');
  expect(await told(CORPUS, '--vocab-size', '40000')).toContain('Expected a whole number from 1 to 30005.');
  expect(await told(CORPUS, '--tokenizer', 'x.json')).toContain(
    'Give --tokenizer or --train-tokenizer, not both',
  );
  expect(await told(CORPUS, '--variant', 'pool')).toContain('makes the vocabulary of --variant vocab');
  const { stderr } = await hashformer(['init', at('new'), '--vocab-size', '900']);
  expect(stderr).toContain('--vocab-size is of a tokenizer that --train-tokenizer makes.');
  expect(await readdir(at())).not.toContain('new');
});

it('stops at Ctrl-C', async () => {
  const random = new Random(3);
  const word = () => Array.from({ length: 24 }, () => String.fromCharCode(97 + random.below(26))).join('');
  await writeFile(at('long.txt'), Array.from({ length: 300_000 }, word).join(' '));
  const options = ['--variant', 'vocab', '--train-tokenizer', 'long.txt', '--vocab-size', '30000'];
  const child = start(['init', 'stopped', ...options], { cwd: at() });
  const result = ended(child);
  // The library trains in a process of its own.
  const trains = () =>
    spawnSync('ps', ['-A', '-o', 'ppid='], { encoding: 'utf8' })
      .stdout.split(/\s+/)
      .includes(String(child.pid));
  while (!trains() && child.exitCode === null) await new Promise((wake) => setTimeout(wake, 20));
  child.kill('SIGINT');
  expect((await result).code).toBe(130);
  expect(await readdir(at())).not.toContain('stopped');
});
