import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { HashFormer } from '../../src/model/hashformer.ts';
import type { Source } from '../../src/model/source.ts';
import type { Text } from '../../src/tokenizer/text.ts';
import { type DistillOptions, distill } from '../../src/train/distill.ts';
import type { EvaluationEvent, StartEvent, StepEvent, TrainingEvent } from '../../src/train/report/events.ts';
import { answer } from '../../src/train/teacher/answer.ts';
import { gather } from '../../src/train/teacher/crowd.ts';
import { centredError, distance } from '../../src/train/teacher/difference.ts';
import { collectOutputs, readFacts } from '../../src/train/teacher/outputs.ts';
import { emptyFolder, failure, load, Random, tinyConfig, tinyModel } from '../helpers.ts';

/** Texts that are all different, of words that come again. */
function someTexts(count: number, seed = 1): string[] {
  const random = new Random(seed);
  const words = 'good bad dull witty film story plot cast weak great a the of and'.split(' ');
  const pick = () => words[random.below(words.length)]!;
  return Array.from(
    { length: count },
    (_, i) => `${Array.from({ length: 3 + (i % 6) }, pick).join(' ')} ${i}`,
  );
}
const texts = someTexts(160);
const labelled = {
  texts: texts.slice(0, 60),
  labels: texts.slice(0, 60).map((text) => (text.includes('good') || text.includes('great') ? 'yes' : 'no')),
};
const unlabelled = texts.slice(60);

type Saved = Extract<Source, { readonly weights: unknown }>;

const LABELS = { id2label: { 0: 'no', 1: 'yes', 2: 'who knows' } };
const teacherFiles = tinyModel(
  { variant: 'ngram', hidden_size: 40, sentence_embedding_size: 11, ...LABELS },
  { seed: 3 },
);
let student: Saved;
beforeAll(async () => {
  const model = await HashFormer.init(tinyConfig({ variant: 'pool', num_hidden_layers: 1 }), 1);
  student = (await model.save()) as Saved;
  model.dispose();
});
const teacher = teacherFiles as unknown as Source;

type Options = { [K in keyof DistillOptions]?: DistillOptions[K] | undefined };

/** Runs to the end; gives what was told, and the weights of the student. */
async function run(options: Options) {
  const events: TrainingEvent[] = [];
  const result = await distill({
    ...{ teacher, student, unlabelled, batchSize: 16, epochs: 2, dropout: 0 },
    optimizer: { learningRate: 3e-3 },
    onEvent: (event) => events.push(event),
    ...(options as Partial<DistillOptions>),
  });
  const saved = await result.model.save();
  result.model.dispose();
  const of = <T extends TrainingEvent>(type: T['type']) =>
    events.filter((event) => event.type === type) as T[];
  return { ...result, saved, weights: Buffer.from(saved.weights).toString('base64'), of };
}

/** How far a model is from the teacher, over texts. */
async function farness(
  source: Source,
  target: 'logits' | 'embeddings',
  some: readonly Text[],
  from: Source = teacher,
): Promise<number> {
  const models = [await HashFormer.load(source), await HashFormer.load(from)] as const;
  const [one, other] = [await answer(models[0], target, some), await answer(models[1], target, some)];
  for (const model of models) model.dispose();
  expect(one.width).toBe(other.width);
  return (target === 'logits' ? centredError : distance)(one.data, other.data, one.width);
}

const unseen = someTexts(60, 9);

describe('a student', () => {
  it.each(['squared-error', 'kl'] as const)(
    'gets nearer to the logits of its teacher by %s',
    async (loss) => {
      const { saved, labels, metric, of } = await run({ loss, epochs: 12, holdOut: 0.2 });
      expect([labels, metric]).toEqual([['no', 'yes', 'who knows'], 'loss']);
      const evaluations = of<EvaluationEvent>('evaluation').map(({ metrics }) => metrics.loss!);
      expect(evaluations.length).toBeGreaterThan(0);
      const fresh = await run({ loss, epochs: 1, optimizer: { learningRate: 1e-9 } });
      const [before, after] = [
        await farness(fresh.saved, 'logits', unseen),
        await farness(saved, 'logits', unseen),
      ];
      expect(after).toBeLessThan(0.7 * before);
      const model = await HashFormer.load(saved);
      expect(model.labels).toEqual(labels);
      model.dispose();
    },
  );

  it('gets nearer to the vectors of the built-in model, projected to their width', async () => {
    const sentence = 'sentence' as const;
    const options: Options = { teacher: await builtIn(sentence), target: 'embeddings', holdOut: 0.1 };
    const { saved, of, metric, final, labels } = await run({ ...options, epochs: 8, evaluateEvery: 12 });
    expect([metric, final, labels]).toEqual(['loss', null, []]);
    const losses = of<EvaluationEvent>('evaluation').map(({ loss }) => loss);
    expect(losses.at(-1)).toBeLessThan(0.95 * losses[0]!);
    expect(saved.config).toMatchObject({ hidden_size: 30, normalize: true, pooling: 'mean' });
    expect(await farness(saved, 'embeddings', unseen, await builtIn(sentence))).toBeLessThan(0.5);
  });

  it('takes dev texts to compare vectors with, whatever their labels', async () => {
    const dev = { texts: unseen, labels: unseen.map((_, i) => `${i}`) };
    const { evaluation, saved } = await run({ target: 'embeddings', dev });
    const expected = await farness(saved, 'embeddings', unseen);
    expect(evaluation!.loss).toBeCloseTo(expected, 5);
  });

  it('learns labels beside the teacher, of those texts that have one', async () => {
    const options: Options = { train: labelled, epochs: 10 };
    const dev = { texts: labelled.texts, labels: labelled.labels };
    const [heavy, none] = [
      await run({ ...options, labelWeight: 5, dev }),
      await run({ ...options, labelWeight: 0, dev }),
    ];
    expect(heavy.metric).toBe('accuracy');
    expect(heavy.evaluation?.metrics.accuracy).toBeGreaterThan(0.9);
    expect(none.evaluation?.metrics.accuracy).toBeLessThan(0.8);
    expect(heavy.final?.metrics.accuracy).toBe(heavy.evaluation?.metrics.accuracy);
    expect(heavy.of<StartEvent>('start')[0]!.data!.join('; ')).toMatch(
      /train: 60 .*unlabelled: 100 .*dev: 60 /,
    );
  });

  it('learns of a label of weight 0 what it learns of texts without labels', async () => {
    const weightless = await run({ train: labelled, labelWeight: 0 });
    const without = await run({ unlabelled: [...labelled.texts, ...unlabelled] });
    expect(weightless.weights).toBe(without.weights);
    expect((await run({ train: labelled })).weights).not.toBe(without.weights);
  });

  it('learns pairs of texts', async () => {
    const pairs = texts.slice(0, 30).map((text, i): [string, string] => [text, `a story ${i % 4}`]);
    const outputs = await emptyFolder();
    const options = { unlabelled: pairs, outputs };
    const { weights } = await run(options);
    expect((await run({ ...options, teacher: undefined })).weights).toBe(weights);
    const swapped = pairs.map(([a, b]): [string, string] => [b, a]);
    await failure(() => run({ ...options, unlabelled: swapped }), 'source');
  });

  it('reads as many tokens as it is told to', async () => {
    expect((await run({ maxLength: 8 })).saved.config).toMatchObject({ max_length: 8 });
  });
});

describe('what is kept of a teacher', () => {
  it('is written once, read without a teacher, and gives the same weights', async () => {
    const outputs = join(await emptyFolder(), 'new');
    const told: number[] = [];
    const first = await run({ outputs, train: labelled, onTeacher: (done) => told.push(done) });
    expect(await readdir(outputs)).toEqual(['teacher-00000.parquet']);
    expect(told).toEqual([160]);
    const path = join(outputs, 'teacher-00000.parquet');
    const { mtimeMs } = await stat(path);
    const again = await run({ outputs, train: labelled });
    const alone = await run({ outputs, train: labelled, teacher: undefined });
    expect([again.weights, alone.weights]).toEqual([first.weights, first.weights]);
    expect(alone.labels).toEqual(first.labels);
    expect((await stat(path)).mtimeMs).toBe(mtimeMs);
    const config = (result: typeof first) => result.of<StartEvent>('start')[0]!.config;
    expect(config(alone)).toEqual(config(first));
  });

  it('serves any student and what is held out, and float16 is near', async () => {
    const outputs = await emptyFolder();
    await run({ outputs });
    const model = await load(tinyModel({ variant: 'add' }, { seed: 8 }));
    const other = (await model.save()) as Saved;
    model.dispose();
    const held = await run({ outputs, student: other, holdOut: 0.3, teacher: undefined });
    expect(held.metric).toBe('loss');
    const [kept, memory] = [await run({ outputs, holdOut: 0.3 }), await run({ holdOut: 0.3 })];
    expect(kept.evaluation!.loss).toBeCloseTo(memory.evaluation!.loss, 2);
    expect(kept.weights).not.toBe(memory.weights);
  });

  it('is refused of other texts, of another teacher, of another target, and where it is damaged', async () => {
    const outputs = await emptyFolder();
    await run({ outputs });
    const say = async (options: Options) =>
      (await failure(() => run({ outputs, ...options }), 'source')).message;
    expect(await say({ unlabelled: unlabelled.slice(1) })).toContain('other texts');
    expect(await say({ unlabelled: [...unlabelled, 'more'] })).toContain('other texts');
    const other = tinyModel(
      { variant: 'ngram', hidden_size: 40, ...LABELS },
      { seed: 4 },
    ) as unknown as Source;
    expect(await say({ teacher: other })).toMatch(
      /another teacher put out: logits of the weights .*, not logits/,
    );
    expect(await say({ target: 'embeddings' })).toMatch(/logits .*, not embeddings/);
    expect(await say({ target: 'embeddings', teacher: undefined })).toMatch(/logits .*, not embeddings/);
    const path = join(outputs, 'teacher-00000.parquet');
    const whole = await readFile(path);
    const named = {
      ...teacherFiles,
      config: { ...teacherFiles.config, id2label: { 0: 'a', 1: 'b', 2: 'c' } },
    };
    expect(await say({ teacher: named as unknown as Source })).toContain('other names');
    await truncate(path, whole.length - 40);
    expect(await say({})).toMatch(/teacher-00000\.parquet holds no outputs of a teacher: .*remove it/);
    await writeFile(path, whole.subarray(whole.length / 2));
    await say({});
    await writeFile(path, '');
    await say({ teacher: undefined });
    await writeFile(path, whole);
    const facts = await readFacts(outputs, 'logits');
    const expected = await collectOutputs(unlabelled, undefined, facts, { folder: outputs });
    const random = new Random(5);
    for (let i = 0; i < 150; i++) {
      const bytes = Buffer.from(whole);
      bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
      await writeFile(path, bytes);
      const read = collectOutputs(unlabelled, undefined, facts, { folder: outputs });
      // What else is in the file is not read: statistics, the writer's name.
      await read.then(
        ({ data }) => expect(data).toEqual(expected.data),
        (error) => expect(error).toMatchObject({ code: 'source' }),
      );
    }
    await rm(path);
    expect(await say({ teacher: undefined })).toMatch(
      /lacks teacher-00000\.parquet, and there is no teacher/,
    );
  });

  it('is asked more often than it has threads', async () => {
    const model = await load(teacherFiles);
    const lists = Array.from({ length: 7 }, (_, i) => [`a ${i}`, 'b c']);
    const [alone, two] = [gather(model, 'logits', 1), gather(model, 'logits', 2)];
    const expected = await Promise.all(lists.map((texts) => alone.ask(texts)));
    expect(await Promise.all(lists.map((texts) => two.ask(texts)))).toEqual(expected);
    expect(await two.ask(lists[3]!)).toEqual(expected[3]);
    await two.dismiss();
    model.dispose();
  });

  it('is completed file by file, by one thread or two alike, and stays when it is stopped', async () => {
    const many = Array.from({ length: 9000 }, (_, i) => `a ${i}`);
    const model = await load(teacherFiles);
    const facts = { target: 'logits', labels: model.labels, teacher: 'xxh64:1' } as const;
    const folders = [await emptyFolder(), await emptyFolder()];
    const [one, two] = folders as [string, string];
    const crowds = [gather(model, 'logits', 1), gather(model, 'logits', 2)] as const;
    const names = [0, 1, 2].map((part) => `teacher-0000${part}.parquet`);
    const alone = await collectOutputs(many, crowds[0], facts, { folder: one });
    expect((await readdir(one)).sort()).toEqual(names);

    const abort = new AbortController();
    const stopped = { folder: two, signal: abort.signal, onProgress: () => abort.abort() };
    await failure(() => collectOutputs(many, crowds[1], facts, stopped), 'aborted');
    await crowds[1].dismiss();
    const kept = (await readdir(two)).filter((name) => name.endsWith('.parquet'));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(3);
    const times = await Promise.all(kept.map(async (name) => (await stat(join(two, name))).mtimeMs));
    const again = gather(model, 'logits', 2);
    const together = await collectOutputs(many, again, facts, { folder: two });
    await again.dismiss();
    expect(Buffer.from(together.data.buffer).equals(Buffer.from(alone.data.buffer))).toBe(true);
    expect(await Promise.all(kept.map(async (name) => (await stat(join(two, name))).mtimeMs))).toEqual(times);
    for (const name of names) {
      expect((await readFile(join(one, name))).equals(await readFile(join(two, name))), name).toBe(true);
    }
    await rm(join(one, names[1]!));
    const lacking = await failure(() => collectOutputs(many, undefined, facts, { folder: one }), 'source');
    expect(lacking.message).toContain(`lacks ${names[1]}`);
    model.dispose();
  });

  it('is the same of two workers in a whole run', async () => {
    const [one, two] = [await emptyFolder(), await emptyFolder()];
    await run({ outputs: one });
    await run({ outputs: two, workers: 2 });
    const read = (folder: string) => readFile(join(folder, 'teacher-00000.parquet'), 'hex');
    expect(await read(two)).toBe(await read(one));
  });
});

describe('a run that is stopped', () => {
  it('goes on to the weights of an unbroken one, whatever has become of the teacher', async () => {
    const outputs = await emptyFolder();
    const options: Options = {
      train: labelled,
      holdOut: 0.2,
      outputs,
      epochs: 3,
      dropout: 0.1,
      evaluateEvery: 4,
    };
    const whole = await run({ ...options, out: await emptyFolder() });
    const out = await emptyFolder();
    for (const stopAt of [5, 14]) {
      const abort = new AbortController();
      const onEvent = (event: TrainingEvent) => {
        if (event.type === 'step' && event.step === stopAt) abort.abort();
      };
      const { reason } = await run({ ...options, out, resume: true, signal: abort.signal, onEvent });
      expect(reason).toBe('interrupted');
    }
    const resumed = await run({ ...options, out, resume: true, teacher: undefined });
    expect([resumed.reason, resumed.weights]).toEqual(['finished', whole.weights]);
    const rest = resumed.of<StepEvent>('step').map(({ step, loss }) => [step, loss]);
    const steps = whole.of<StepEvent>('step').map(({ step, loss }) => [step, loss]);
    expect(rest).toEqual(steps.slice(-rest.length));
    const other = { ...options, out, resume: true, labelWeight: 1 };
    expect((await failure(() => run(other), 'argument')).message).toContain('labelWeight');
    await failure(() => run({ ...options, out }), 'argument');
  });

  it('is over at once where the teacher is still at work', async () => {
    const abort = new AbortController();
    abort.abort();
    await failure(() => run({ signal: abort.signal }), 'aborted');
    const later = new AbortController();
    const onTeacher = () => later.abort();
    const many = Array.from({ length: 5000 }, (_, i) => `a ${i}`);
    await failure(() => run({ unlabelled: many, signal: later.signal, onTeacher }), 'aborted');
  });
});

describe('what cannot be learnt', () => {
  const pair = { texts: ['a', 'b'], labels: ['no', 'yes'] };
  it.each<[string, Options, 'argument' | 'source', RegExp]>([
    ['nobody to learn from', { teacher: undefined }, 'argument', /a teacher, or a folder/],
    ['no texts', { unlabelled: undefined }, 'argument', /name labelled or unlabelled/],
    ['an empty list', { unlabelled: [] }, 'argument', /name labelled or unlabelled/],
    ['texts that are none', { unlabelled: [1] as never }, 'argument', /Text 0/],
    ['an unknown target', { target: 'hidden' as never }, 'argument', /target/],
    ['an unknown loss', { loss: 'mse' as never }, 'argument', /loss/],
    ['a metric without labels', { metric: 'accuracy', holdOut: 0.1 }, 'argument', /metric .*"loss"/],
    ['an unknown metric', { metric: 'bleu', train: pair, holdOut: 0.5 }, 'argument', /"f1_macro"/],
    ['f1 of three classes', { metric: 'f1', dev: pair }, 'argument', /two classes/],
    ['a temperature of 0', { loss: 'kl', temperature: 0 }, 'argument', /temperature/],
    ['a temperature of squares', { temperature: 3 }, 'argument', /"kl"/],
    ['a loss of vectors', { target: 'embeddings', loss: 'kl' }, 'argument', /cosine alone/],
    ['a negative weight', { labelWeight: -1 }, 'argument', /weight/],
    ['all held out', { holdOut: 1 }, 'argument', /held out/],
    ['one text, held out', { unlabelled: ['a'], holdOut: 0.5 }, 'source', /one text only/],
    ['a length without positions', { maxLength: 900 }, 'argument', /most tokens/],
    ['unknown labels', { train: { texts: ['a'], labels: ['maybe'] } }, 'argument', /"maybe".*"who knows"/],
    ['unknown labels of dev', { dev: { texts: ['a'], labels: ['maybe'] } }, 'argument', /"maybe"/],
    ['no such file', { unlabelled: { files: ['/nowhere/a.txt'] } }, 'source', /no file/],
  ])('%s', async (_, options, code, message) => {
    expect((await failure(() => run(options), code)).message).toMatch(message);
  });

  it('files without text', async () => {
    const file = join(await emptyFolder(), 'empty.txt');
    await writeFile(file, '\n \n');
    expect((await failure(() => run({ unlabelled: { files: [file] } }), 'source')).message).toMatch(/empty/);
  });

  it('vectors of a student that takes the largest numbers, which have no gradient here; its logits are trained', async () => {
    const fields = { variant: 'pool', num_hidden_layers: 1, pooling: 'max' };
    const largest = tinyModel(fields) as unknown as Source;
    const { message } = await failure(() => run({ student: largest, target: 'embeddings' }), 'config');
    expect(message).toMatch(/"pooling" must be "cls" or "mean" .* is "max"/);
    const { saved } = await run({ student: largest, epochs: 1 });
    expect(saved.config).toMatchObject({ pooling: 'max' });
    for (const pooling of ['cls', 'mean']) {
      const other = tinyModel({ ...fields, pooling }) as unknown as Source;
      const { saved } = await run({ student: other, target: 'embeddings', epochs: 1 });
      expect(saved.config).toMatchObject({ pooling });
    }
  });

  it('logits of a teacher without them, or of one that tells no classes', async () => {
    const { message } = await failure(async () => run({ teacher: await builtIn('sentence') }), 'missing');
    expect(message).toMatch(/classif/);
    const score = tinyModel({ num_labels: 1, problem_type: 'regression' }, { seed: 2 }) as unknown as Source;
    expect((await failure(() => run({ teacher: score }), 'argument')).message).toMatch(/regression/);
  });
});

async function builtIn(name: 'sentence'): Promise<Source> {
  const folder = new URL(`../../models/${name}`, import.meta.url);
  return folder.href;
}
