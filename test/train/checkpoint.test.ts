import { execFileSync, spawn } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/train/numeric/random.ts';
import {
  type Checkpoint,
  checkSameOptions,
  readCheckpoint,
  writeCheckpoint,
} from '../../src/train/run/checkpoint.ts';
import { checksum } from '../../src/wasm/checksum.ts';
import type { Exports } from '../../src/wasm/exports.ts';
import { instantiateModule } from '../../src/wasm/module.ts';
import { emptyFolder, failure, load, tinyModel } from '../helpers.ts';
import { itUnless, needsModes, needsMount } from '../needs.ts';
import { freshSeed } from '../seed.ts';

let exports: Exports;
beforeAll(async () => {
  ({ exports } = await instantiateModule());
});

const sum = (bytes: Uint8Array) => checksum(exports, bytes);
const write = (folder: string, checkpoint: Checkpoint, kind: 'last' | 'best' = 'last') =>
  writeCheckpoint(folder, kind, checkpoint, sum);
const read = (folder: string, kind: 'last' | 'best' = 'last') => readCheckpoint(folder, kind, sum);

/** A checkpoint of a step: all of its parts differ from step to step. */
function checkpointOf(step: number, fields: Record<string, unknown> = {}): Checkpoint {
  const { config, weights } = tinyModel(fields, { seed: step });
  return {
    model: new Map([
      ['config.json', Buffer.from(`${JSON.stringify(config)}\n`)],
      ['model.safetensors', weights],
    ]),
    tensors: new Map([
      ['encoder.weight.first', { shape: [2, 3], data: Float32Array.of(step, 1e-38, -0, 3.5, -4, 1 / 3) }],
      ['encoder.weight.second', { shape: [3, 2], data: new Float32Array(6).fill(step) }],
      ['step', { shape: [], data: Float32Array.of(step) }],
    ]),
    state: {
      step,
      random: new Random(step).state,
      best: null,
      rate: 0.1 + 0.2,
      data: { epoch: 1, position: 7 },
    },
  };
}

/** That a checkpoint is what was written, every number of it. */
function expectSame(got: Checkpoint | undefined, expected: Checkpoint): void {
  const plain = ({ model, tensors, state }: Checkpoint) => ({
    model: [...model].map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')]).sort(),
    tensors: [...tensors].map(([name, { shape, data }]) => [name, [...shape], [...data]]).sort(),
    state,
  });
  expect(got).toBeDefined();
  expect(plain(got!)).toEqual(plain(expected));
}

describe('a checkpoint', () => {
  it('comes back as it was written, and replaces the one before', async () => {
    const folder = join(await emptyFolder(), 'run');
    expect(await read(folder)).toBeUndefined();
    for (const step of [1, 2, 3]) {
      await write(folder, checkpointOf(step));
      expectSame(await read(folder), checkpointOf(step));
      expect((await readdir(join(folder, 'last'))).sort()).toEqual([
        'config.json',
        'model.safetensors',
        `trainer-${step}.json`,
        `trainer-${step}.safetensors`,
      ]);
    }
    expect(await read(folder, 'best')).toBeUndefined();
  });

  it('is an ordinary model, and one without optimiser state holds none', async () => {
    const folder = await emptyFolder();
    const checkpoint = { ...checkpointOf(5), tensors: new Map() };
    await write(folder, checkpoint, 'best');
    expectSame(await read(folder, 'best'), checkpoint);
    expect((await readdir(join(folder, 'best'))).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'trainer-1.json',
    ]);
    const texts = ['a text of some words'];
    const saved = await load(join(folder, 'best') as never);
    const fresh = await load(tinyModel({}, { seed: 5 }));
    expect(await saved.logits(texts)).toEqual(await fresh.logits(texts));
  });

  it('of equal weights is the newest: a warm-up begins with a rate of 0', async () => {
    const folder = await emptyFolder();
    const { model } = checkpointOf(1);
    await write(folder, checkpointOf(1));
    const kept = await readFile(join(folder, 'last', 'trainer-1.json'));
    const tensors = await readFile(join(folder, 'last', 'trainer-1.safetensors'));
    await write(folder, { ...checkpointOf(2), model });
    // As if the process had been killed before it removed what is old.
    await writeFile(join(folder, 'last', 'trainer-1.json'), kept);
    await writeFile(join(folder, 'last', 'trainer-1.safetensors'), tensors);
    expectSame(await read(folder), { ...checkpointOf(2), model });
  });

  it('is not mixed up with what was left half written, which the next one removes', async () => {
    const folder = await emptyFolder();
    const other = await emptyFolder();
    await write(folder, checkpointOf(1));
    await write(other, checkpointOf(1));
    await write(other, checkpointOf(2));
    const [from, to] = [join(other, 'last'), join(folder, 'last')];
    // Killed before the weights took the old ones' place, with a part of them there.
    await cp(join(from, 'trainer-2.json'), join(to, 'trainer-2.json'));
    await cp(join(from, 'trainer-2.safetensors'), join(to, 'trainer-2.safetensors'));
    await writeFile(join(to, 'model.safetensors.77-1.part'), 'some');
    expectSame(await read(folder), checkpointOf(1));
    await write(folder, checkpointOf(3));
    expectSame(await read(folder), checkpointOf(3));
    expect((await readdir(to)).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'trainer-3.json',
      'trainer-3.safetensors',
    ]);
  });

  it('does not take the place of one of another model', async () => {
    const folder = await emptyFolder();
    await write(folder, checkpointOf(1));
    const { message } = await failure(() => write(folder, checkpointOf(2, { buckets: 67 })), 'argument');
    expect(message).toMatch(/config.json is of another run/);
    expectSame(await read(folder), checkpointOf(1));
  });
});

describe('a checkpoint that is damaged', () => {
  const flip = async (path: string, at: (bytes: Buffer) => number) => {
    const bytes = await readFile(path);
    bytes[at(bytes)]! ^= 1;
    await writeFile(path, bytes);
  };
  const cases: [string, (at: (name: string) => string) => Promise<unknown>, RegExp][] = [
    [
      'weights, one bit',
      (at) => flip(at('model.safetensors'), ({ length }) => length - 5),
      /model.safetensors is damaged/,
    ],
    ['weights, truncated', (at) => truncate(at('model.safetensors'), 1000), /model.safetensors is truncated/],
    ['weights, empty', (at) => truncate(at('model.safetensors'), 0), /model.safetensors is truncated/],
    [
      'weights of another model',
      (at) => writeFile(at('model.safetensors'), tinyModel({ buckets: 97 }).weights),
      /model.safetensors is of another model: it has \d+ bytes, the checkpoint was written with \d+/,
    ],
    [
      'configuration, changed',
      (at) => flip(at('config.json'), () => 20),
      /config.json is damaged, or of another model/,
    ],
    ['configuration, gone', (at) => rm(at('config.json')), /config.json is missing/],
    [
      'optimiser, one bit',
      (at) => flip(at('trainer-2.safetensors'), ({ length }) => length - 1),
      /trainer-2.safetensors is damaged/,
    ],
    [
      'optimiser, truncated',
      (at) => truncate(at('trainer-2.safetensors'), 30),
      /trainer-2.safetensors is truncated/,
    ],
    ['optimiser, gone', (at) => rm(at('trainer-2.safetensors')), /trainer-2.safetensors is missing/],
    [
      'state, one bit',
      (at) => flip(at('trainer-2.json'), (bytes) => bytes.indexOf('"step":2') + 7),
      /trainer-2.json is damaged/,
    ],
    ['state, truncated', (at) => truncate(at('trainer-2.json'), 99), /trainer-2.json is damaged/],
    ['state, other JSON', (at) => writeFile(at('trainer-2.json'), 'null'), /trainer-2.json is damaged/],
    ['state, gone', (at) => rm(at('trainer-2.json')), /holds a model but no state to resume from/],
  ];

  it.each(cases)('%s: a sentence says which file and what to do', async (_, damage, sentence) => {
    const folder = await emptyFolder();
    await write(folder, checkpointOf(1));
    await write(folder, checkpointOf(2));
    await damage((name) => join(folder, 'last', name));
    const { message } = await failure(() => read(folder), 'weights');
    expect(message).toMatch(sentence);
    expect(message).toMatch(/start anew/);
  });

  it('names the option that differs', async () => {
    const saved = { seed: 1, schedule: { kind: 'linear', steps: 9 }, hash: 'md5' };
    checkSameOptions(saved, JSON.parse(JSON.stringify(saved)));
    const { message } = await failure(() => checkSameOptions(saved, { ...saved, seed: 2 }), 'argument');
    expect(message).toMatch(/made with 1 for "seed", but now it is 2/);
    await failure(
      () => checkSameOptions(saved, { ...saved, schedule: { kind: 'linear', steps: 8 } }),
      'argument',
    );
    await failure(() => checkSameOptions(saved, { ...saved, workers: 2 }), 'argument');
    await failure(() => checkSameOptions({ ...saved, workers: 2 }, saved), 'argument');
  });
});

describe('a folder that cannot be written', () => {
  it('is a file', async () => {
    const folder = await emptyFolder();
    await writeFile(join(folder, 'last'), '');
    const { message } = await failure(() => write(folder, checkpointOf(1)), 'source');
    expect(message).toMatch(/could not be (read|written)/);
  });

  itUnless(needsModes, 'may not be written to', async () => {
    const folder = await emptyFolder();
    await write(folder, checkpointOf(1));
    await chmod(join(folder, 'last'), 0o500);
    const { message } = await failure(() => write(folder, checkpointOf(2)), 'source');
    await chmod(join(folder, 'last'), 0o700);
    expect(message).toMatch(/not written; the checkpoint before it is kept: .*EACCES/);
    expectSame(await read(folder), checkpointOf(1));
  });
});

describe('a process that writes checkpoints', () => {
  /** The built program, a tiny model's folder, and an empty one. */
  async function prepare() {
    const folder = await emptyFolder();
    const [program, model, run] = ['program.mjs', 'model', 'run'].map((name) => join(folder, name));
    await build({
      entryPoints: [fileURLToPath(new URL('./write-checkpoints.ts', import.meta.url))],
      outfile: program!,
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
    await mkdir(model!);
    const { config, weights } = tinyModel();
    await writeFile(join(model!, 'config.json'), JSON.stringify(config));
    await writeFile(join(model!, 'model.safetensors'), weights);
    return { program: program!, model: model!, run: run! };
  }

  it('is killed 30 times, and the folder always holds the last checkpoint or the one under way', async () => {
    const { program, model, run } = await prepare();
    const random = new Random(freshSeed());
    const floats = 500_000;
    let done = 0;
    for (let round = 0; round < 30; round++) {
      const child = spawn(process.execPath, [program, run, model, '1000000', String(floats)]);
      let out = '';
      child.stdout.on('data', (chunk) => {
        out += chunk;
      });
      // Any moment of the writes that follow the first of this round.
      child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), 40 * random.uniform()));
      await new Promise((resolve) => child.on('close', resolve));
      const steps = out.split('\n').slice(0, -1).map(Number);
      expect(steps.length).toBeGreaterThan(0);
      expect(steps[0]! - done).toBe(1);
      const checkpoint = (await read(run))!;
      const { step } = checkpoint.state as { step: number };
      expect([steps.at(-1)!, steps.at(-1)! + 1]).toContain(step);
      const weights = Buffer.from(checkpoint.model.get('model.safetensors')!);
      expect(weights.readFloatLE(weights.length - 4)).toBe(step);
      const { data } = checkpoint.tensors.get('x.first')!;
      expect([data.length, data.every((x) => x === step)]).toEqual([floats, true]);
      const loaded = await load(join(run, 'last') as never);
      expect((await loaded.logits(['a text'])).data.every(Number.isFinite)).toBe(true);
      done = step;
    }
  });

  itUnless(needsMount(), 'fills the disk, or finds it read-only: the checkpoint before is kept', async () => {
    const { program, model, run } = await prepare();
    await mkdir(run);
    // One checkpoint takes 2 MB and fits; a second beside it does not.
    const go = `"${process.execPath}" "${program}" "${run}/there" "${model}" 2 500000`;
    const script = `mount -t tmpfs -o size=3m none "${run}" && ${go} && mount -o remount,ro "${run}" && ${go}`;
    const lines = execFileSync('unshare', ['-rm', 'sh', '-c', script], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(lines[0]).toBe('1');
    expect(lines[1]).toMatch(
      /not written; the checkpoint before it is kept: .*trainer-2.safetensors could not be written: ENOSPC/,
    );
    expect(lines[2]).toBe('1');
    expect(lines[3]).toMatch(/not written; the checkpoint before it is kept: .*EROFS/);
    expect(lines[4]).toBe('1');
  });

  it('goes on in a folder that was moved', async () => {
    const { program, model, run } = await prepare();
    const steps = (folder: string) =>
      execFileSync(process.execPath, [program, folder, model, '2', '10'], { encoding: 'utf8' });
    expect(steps(run)).toBe('1\n2\n');
    await rename(run, `${run}-moved`);
    expect(steps(`${run}-moved`)).toBe('3\n4\n');
  });
});
