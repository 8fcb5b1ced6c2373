// What the model keeps of the contract of backend/backend.ts where run() gives promises, as a device beside the host does.

import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Hasher } from '../../src/architecture/hasher.ts';
import type { Output } from '../../src/architecture/outputs.ts';
import type { Activation } from '../../src/architecture/problem-types.ts';
import type { Backend, Batch } from '../../src/backend/backend.ts';
import { HashformerError } from '../../src/errors.ts';
import { batches } from '../../src/model/batches.ts';
import { createModel } from '../../src/model/create.ts';
import { HashFormer } from '../../src/model/hashformer.ts';
import { readSource } from '../../src/model/source.ts';
import { differingBits, failure, load, Random, TEXTS, tinyModel } from '../helpers.ts';

interface Run {
  readonly rows: number;
  readonly sequences: number;
  readonly output: Output['kind'];
  /** Settled with the result, or with an error. */
  finish(error?: Error): void;
  settled: boolean;
}

/** Computes as wasm does, and gives each result when the test says so. */
class Device implements Backend {
  readonly device = { name: 'a test', reason: null };
  readonly tier = null;
  readonly batchRows: number;
  readonly inFlight: number;
  readonly runs: Run[] = [];
  /** The most runs that were open at once. */
  most = 0;
  readonly #wasm: Backend;

  constructor(wasm: Backend, { batchRows = 1, inFlight = 2 }: Sizes) {
    this.#wasm = wasm;
    this.batchRows = batchRows;
    this.inFlight = inFlight;
  }

  get open(): Run[] {
    return this.runs.filter(({ settled }) => !settled);
  }

  get memoryBytes(): number {
    return this.#wasm.memoryBytes;
  }

  #later<T>(kind: Output['kind'], rows: number, sequences: number, result: T): Promise<T> {
    return new Promise((resolve, reject) => {
      const run: Run = {
        rows,
        sequences,
        output: kind,
        settled: false,
        finish(error) {
          expect(run.settled, 'a run settles once').toBe(false);
          run.settled = true;
          if (error === undefined) resolve(result);
          else reject(error);
        },
      };
      this.runs.push(run);
      this.most = Math.max(this.most, this.open.length);
    });
  }

  run(batch: Batch, output: Output): Promise<Float32Array> {
    const result = this.#wasm.run(batch, output) as Float32Array;
    // The batch is the device's no longer than this call.
    return this.#later(output.kind, batch.ids.length, batch.starts.length - 1, result);
  }

  async hasher(): Promise<Hasher> {
    return this.#wasm.hasher();
  }

  activate(kind: Activation, logits: Float32Array, width: number): Promise<Float32Array> {
    const result = this.#wasm.activate(kind, logits, width) as Float32Array;
    return this.#later('logits', logits.length / width, logits.length / width, result);
  }

  dispose(): void {
    this.#wasm.dispose();
    for (const run of this.open) run.finish(new HashformerError('disposed', 'The device was given up.'));
  }
}

interface Sizes {
  batchRows?: number;
  inFlight?: number;
}

const FIELDS = { max_length: 12 };

async function deviceModel(sizes: Sizes = {}) {
  const source = await readSource(tinyModel(FIELDS));
  const created = await createModel(source, { backend: 'wasm', tier: undefined, signal: undefined });
  const device = new Device(created.backend, sizes);
  const model = HashFormer.over({ ...created, backend: device });
  onTestFinished(() => model.dispose());
  return { device, model };
}

/** Lets everything happen that can happen without a run settling. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Settles open runs, one a turn, in an order that `random` draws, until the work is done. */
async function drive<T>(device: Device, work: Promise<T>, random: Random): Promise<T> {
  let done = false;
  const end = () => {
    done = true;
  };
  work.then(end, end);
  for (await quiet(); !done; await quiet()) {
    const { open } = device;
    if (open.length === 0) throw new Error('The model waits for nothing that is under way.');
    open[random.below(open.length)]!.finish();
  }
  return work;
}

/** What became of a promise so far. */
function watch(work: Promise<unknown>): { state: string } {
  const seen = { state: 'pending' };
  work.then(
    () => (seen.state = 'fulfilled'),
    (error: Error) => (seen.state = error instanceof HashformerError ? error.code : error.message),
  );
  return seen;
}

const FOUR = ['one text', 'two texts', 'three', 'four'];
const EACH = { batchSize: 1 };

describe('a backend that gives promises', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', note);
  });
  afterEach(async () => {
    await quiet();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('is given the next batch before the last one is done, and never more than it takes', async () => {
    for (const inFlight of [1, 2, 3]) {
      const { device, model } = await deviceModel({ inFlight });
      const work = model.logits([...FOUR, ...FOUR], EACH);
      const seen = watch(work);
      for (let settled = 0; settled < 8; settled++) {
        await quiet();
        expect(seen.state).toBe('pending');
        expect(device.runs).toHaveLength(Math.min(settled + inFlight, 8));
        expect(device.open[0]).toBe(device.runs[settled]);
        device.open[0]!.finish();
      }
      expect((await work).shape).toEqual([8, 3]);
      expect(device.most).toBe(inFlight);
    }
  });

  it('gives results in the order of the texts, whichever is done first', async () => {
    const reference = await load(tinyModel(FIELDS));
    for (let seed = 1; seed <= 8; seed++) {
      const random = new Random(seed);
      const inFlight = 1 + (seed % 4);
      const { device, model } = await deviceModel({ inFlight, batchRows: 20 });
      const options = { batchSize: 1 + random.below(3) };
      const calls = [
        (on: HashFormer) => on.encode(TEXTS, options),
        (on: HashFormer) => on.encode(TEXTS, { ...options, pooling: 'mean' }),
        (on: HashFormer) => on.logits(TEXTS, options),
        (on: HashFormer) => on.tokenLogits(TEXTS, options),
        (on: HashFormer) => on.sentences(TEXTS, options),
        async (on: HashFormer) => on.probabilities(await reference.logits(TEXTS), 'softmax'),
      ] as const;
      // One after the other, then all at once.
      const expected: Float32Array[] = [];
      for (const call of calls) {
        expected.push((await call(reference)).data);
        const got = await drive(device, Promise.resolve(call(model)), random);
        expect(differingBits(got.data, expected.at(-1)!), `seed ${seed}`).toBe(0);
      }
      const all = await drive(device, Promise.all(calls.map((call) => call(model))), random);
      const differing = all.map(({ data }, i) => differingBits(data, expected[i]!));
      expect(differing, `seed ${seed}`).toEqual(expected.map(() => 0));
      expect(device.most).toBe(inFlight);
    }
  });

  it('is given the calls in the order in which they were made, all within what it takes', async () => {
    const { device, model } = await deviceModel();
    const first = model.logits(['a'], EACH);
    const second = model.encode(['b'], EACH);
    const third = model.tokenLogits(['c'], EACH);
    const seen = [first, second, third].map(watch);
    await quiet();
    expect(device.runs.map(({ output }) => output)).toEqual(['logits', 'hidden']);
    // The later one is done first: the third call begins, the first goes on waiting.
    device.runs[1]!.finish();
    await quiet();
    expect(seen.map(({ state }) => state)).toEqual(['pending', 'fulfilled', 'pending']);
    expect(device.runs.map(({ output }) => output)).toEqual(['logits', 'hidden', 'token-logits']);
    for (const run of device.open) run.finish();
    await Promise.all([first, third]);
  });

  it('counts hashing and probabilities among what is under way', async () => {
    const { device, model } = await deviceModel({ inFlight: 1 });
    const logits = model.logits(['a']);
    const tokens = model.tokenize('a');
    const seen = watch(tokens);
    await quiet();
    expect(seen.state).toBe('pending');
    device.runs[0]!.finish();
    expect((await tokens).tokens).toContain('a');
    const probabilities = model.probabilities(await logits, 'sigmoid');
    const more = model.logits(['b']);
    await quiet();
    expect(device.runs).toHaveLength(2);
    device.runs[1]!.finish();
    expect((await probabilities).shape).toEqual([1, 3]);
    await quiet();
    device.runs[2]!.finish();
    await more;
  });

  it.each([0, 1])('ends a call with the error of a batch (%i of two under way)', async (bad) => {
    const { device, model } = await deviceModel();
    const work = model.logits(FOUR, EACH);
    const seen = watch(work);
    const next = model.logits(FOUR, EACH);
    await quiet();
    device.runs[bad]!.finish(new HashformerError('device', 'The device was lost.'));
    await quiet();
    // Results are awaited in order. Nothing more of this call begins: what begins now is of the other one.
    expect(seen.state).toBe(bad === 0 ? 'device' : 'pending');
    device.runs[1 - bad]!.finish();
    const error = await failure(() => work, 'device');
    expect(error.message).toBe('The device was lost.');
    const expected = await (await load(tinyModel(FIELDS))).logits(FOUR);
    const random = new Random(3);
    expect(differingBits((await drive(device, next, random)).data, expected.data)).toBe(0);
    expect(device.runs).toHaveLength(2 + 4);
    const again = await drive(device, model.logits(FOUR), random);
    expect(differingBits(again.data, expected.data)).toBe(0);
  });

  it('may fail in every batch, and at once', async () => {
    const { device, model } = await deviceModel();
    const work = model.logits(FOUR, EACH);
    await quiet();
    for (const [i, run] of device.open.entries())
      run.finish(new HashformerError('numeric', `Batch number ${i}.`));
    expect((await failure(() => work, 'numeric')).message).toBe('Batch number 0.');
    await quiet();
    expect(device.runs).toHaveLength(2);
    const { run } = device;
    device.run = () => {
      throw new RangeError('Array buffer allocation failed');
    };
    await failure(() => model.logits(FOUR, EACH), 'memory');
    device.run = run;
    await drive(device, model.logits(FOUR), new Random(1));
  });

  it('is given nothing more once the signal is aborted', async () => {
    const { device, model } = await deviceModel();
    const controller = new AbortController();
    const work = model.logits([...FOUR, ...FOUR], { ...EACH, signal: controller.signal });
    const seen = watch(work);
    await quiet();
    device.runs[0]!.finish();
    await quiet();
    expect(device.runs).toHaveLength(3);
    controller.abort('enough');
    await quiet();
    // Two are under way, and what is under way ends first.
    expect(seen.state).toBe('pending');
    device.runs[1]!.finish();
    await quiet();
    expect(seen.state).toBe('pending');
    device.runs[2]!.finish();
    expect((await failure(() => work, 'aborted')).cause).toBe('enough');
    expect(device.runs).toHaveLength(3);
    await drive(device, model.logits(FOUR, EACH), new Random(1));
  });

  it('is not reached by a call whose signal is aborted while it waits', async () => {
    const { device, model } = await deviceModel({ inFlight: 1 });
    const first = model.logits(['a']);
    const controller = new AbortController();
    const second = failure(() => model.logits(['b'], { signal: controller.signal }), 'aborted');
    await quiet();
    controller.abort();
    device.runs[0]!.finish();
    await Promise.all([first, second]);
    expect(device.runs).toHaveLength(1);
  });

  it('fails what is under way and what waits when it is disposed of', async () => {
    const { device, model } = await deviceModel();
    const works = [model.logits(FOUR, EACH), model.encode(FOUR, EACH), model.tokenize('a')];
    const seen = works.map(watch);
    await quiet();
    expect(device.open).toHaveLength(2);
    model.dispose();
    model.dispose();
    await quiet();
    expect(seen.map(({ state }) => state)).toEqual(['disposed', 'disposed', 'disposed']);
    expect(device.runs).toHaveLength(2);
    expect(model.memoryBytes).toBe(0);
    await failure(() => model.logits(FOUR), 'disposed');
  });

  it.each([
    { batchRows: 1, rows: 12 },
    { batchRows: 30, rows: 30 },
    { batchRows: 1000, rows: 1000 },
    { batchRows: 1000, rows: 1000, batchSize: 2 },
  ])('is given batches of the rows that it wants: %o', async ({ batchRows, rows, batchSize }) => {
    const { device, model } = await deviceModel({ batchRows });
    await drive(device, model.logits(TEXTS, batchSize === undefined ? {} : { batchSize }), new Random(7));
    const sequences = TEXTS.map((text) => model.assemble(text));
    const expected = [...batches(sequences, rows, batchSize ?? TEXTS.length)];
    const longest = Math.max(...sequences.map(({ ids }) => ids.length));
    expect(device.runs.map(({ sequences }) => sequences)).toEqual(expected.map(({ length }) => length));
    expect(Math.max(...device.runs.map(({ rows }) => rows))).toBeLessThanOrEqual(Math.max(rows, longest));
    expect(device.runs.length).toBeGreaterThan(rows === 1000 && batchSize === undefined ? 0 : 5);
  });
});

describe('wasm', () => {
  it('computes one batch at a time, and none while tokens are hashed', async () => {
    const source = await readSource(tinyModel(FIELDS));
    const created = await createModel(source, { backend: 'wasm', tier: undefined, signal: undefined });
    const { backend } = created;
    expect(backend.inFlight).toBe(1);
    const events: string[] = [];
    const run = backend.run.bind(backend);
    const hasher = backend.hasher.bind(backend);
    backend.run = (...given) => {
      events.push('run');
      const result = run(...given);
      expect(result).toBeInstanceOf(Float32Array);
      // Before anything that begins now: the last result is read when the next batch begins.
      queueMicrotask(() => events.push('done'));
      return result;
    };
    backend.hasher = async () => {
      events.push('hash');
      const found = await hasher();
      await quiet();
      events.push('done');
      return found;
    };
    const model = HashFormer.over(created);
    onTestFinished(() => model.dispose());
    await Promise.all([model.logits(FOUR, EACH), model.tokenize('a'), model.encode(FOUR, EACH)]);
    expect(events).toHaveLength(2 * (4 + 1 + 4));
    expect(events.filter((_, i) => i % 2 === 0).sort()).toEqual(['hash', ...Array(8).fill('run')]);
    expect(events.filter((_, i) => i % 2 === 1)).toEqual(Array(9).fill('done'));
  });
});
