import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { HashFormer } from '../../src/model/hashformer.ts';
import { ended, hashformer, linesOf, type Result, rowsOf, start, temporaryFolder } from './run.ts';
import { reviews } from './training-data.ts';

const at = await temporaryFolder();
const run = (args: readonly string[]) => hashformer(args, { cwd: at() });
const weights = (name: string, kind = 'last') => readFile(at(name, kind, 'model.safetensors'), 'hex');

/** The texts of reviews alone, one a line. */
const plain = (count: number, seed: number) =>
  reviews(count, seed).replace(/^.*\n/, '').replaceAll(/,.*$/gm, '');

const TEACHER = ['--teacher', 'teacher/best'];
const DATA = ['--train', 'train.csv', '--data', 'more.txt'];
const STUDENT = ['--student', 'tiny', '--variant', 'pool', '--max-length', '16'];
const HOW = ['--hold-out', '0.2', '--epochs', '3', '--batch-size', '16', '--evaluate-every', '8'];
const REST = [...DATA, ...STUDENT, ...HOW];

/** The sentence that a command fails with. */
function sentence({ code, stdout, stderr }: Result): [number | null, string] {
  expect(stdout).toBe('');
  expect(stderr).not.toContain('internal');
  return [code, stderr.split('\n').find((line) => line.startsWith('hashformer: error')) ?? stderr];
}

let first: Result;
beforeAll(async () => {
  await writeFile(at('train.csv'), reviews(120, 1));
  await writeFile(at('more.txt'), `${plain(100, 2)}\n\n`);
  const preset = ['--preset', 'tiny', '--max-length', '16', '--batch-size', '16'];
  const taught = await run([
    'finetune',
    ...preset,
    '--train',
    'train.csv',
    '--hold-out',
    '0.2',
    '-o',
    'teacher',
  ]);
  expect(taught).toMatchObject({ code: 0 });
  first = await run(['distill', ...TEACHER, ...REST, '--outputs', 'outputs', '-o', 'student']);
});

describe('hashformer distill', () => {
  it('makes a student that classify loads, and says what to type next', async () => {
    expect([first.code, first.stderr]).toEqual([0, expect.stringContaining('unlabelled: 100 texts')]);
    expect(first.stderr).toContain('24 examples held out of train');
    expect(first.stdout).toMatch(/^steps +39, .*\nbest accuracy +(1|0\.\d+)\ndev +accuracy /);
    expect(first.stdout).toContain('hashformer classify --model student/best "a text"');
    const [row] = await rowsOf(['classify', 'a superb film', '--model', at('student', 'best')]);
    expect(row).toMatchObject({ text: 'a superb film', label: expect.stringMatching(/^(pos|neg)$/) });
    const inspected = await run(['inspect', 'student/best', '--json']);
    expect(inspected.stdout).toContain('"pool"');
  });

  it('reads what the teacher said, without the teacher', async () => {
    const { mtimeMs } = await stat(at('outputs', 'teacher-00000.parquet'));
    const again = await run(['distill', ...REST, '--outputs', 'outputs', '-o', 'again', '--quiet', '--json']);
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect(JSON.parse(again.stdout)).toMatchObject({ reason: 'finished', steps: 39, labels: ['neg', 'pos'] });
    expect(await weights('again')).toBe(await weights('student'));
    expect(await weights('again', 'best')).toBe(await weights('student', 'best'));
    expect((await stat(at('outputs', 'teacher-00000.parquet'))).mtimeMs).toBe(mtimeMs);
  });

  it('reads unlabelled texts of a format that their ending does not name', async () => {
    await writeFile(at('more.dump'), `text\n${plain(100, 2)}`);
    const rest = REST.map((arg) => (arg === 'more.txt' ? 'more.dump' : arg));
    const how = ['--data-format', 'csv', '--outputs', 'outputs', '-o', 'dump', '--quiet'];
    const read = await run(['distill', ...rest, ...how]);
    expect([read.code, read.stderr]).toEqual([0, '']);
    expect(await weights('dump')).toBe(await weights('student'));
  });

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'goes on after %s with the weights of an unbroken run',
    async (signal) => {
      const args = ['distill', ...TEACHER, ...REST, '--outputs', 'outputs', '-o', signal];
      const child = start(args, { cwd: at() });
      const done = ended(child);
      const steps = async () =>
        (await readFile(at(signal, 'metrics.jsonl'), 'utf8').catch(() => '')).split('"type":"step"').length -
        1;
      while ((await steps()) < 19 && child.exitCode === null)
        await new Promise((wake) => setTimeout(wake, 5));
      child.kill(signal);
      const { code, stderr } = await done;
      if (signal === 'SIGINT') {
        expect(code).toBe(130);
        expect(stderr).toMatch(
          /the checkpoint is in SIGINT\/last; to go on: hashformer distill .*--resume\n$/,
        );
      } else expect(code).toBeNull();
      const again = await run([...args, '--resume', '--quiet']);
      expect([again.code, again.stderr]).toEqual([0, '']);
      expect(await weights(signal)).toBe(await weights('student'));
      expect(await weights(signal, 'best')).toBe(await weights('student', 'best'));
    },
  );

  it('keeps finished files of a teacher that is stopped or killed, and computes the others', async () => {
    const many = Array.from({ length: 9000 }, (_, i) => `film ${i}`);
    const config = { model_type: 'hashformer', variant: 'emb', buckets: 99, hidden_size: 16 };
    const sizes = { num_attention_heads: 2, num_hidden_layers: 1, intermediate_size: 16 };
    const little = await HashFormer.init({ ...config, ...sizes, max_position_embeddings: 34 }, 1);
    await little.save(at('little'));
    little.dispose();
    await writeFile(at('many.txt'), many.join('\n'));
    const how = [...TEACHER, '--student', 'little'];
    const more = ['--epochs', '1', '--batch-size', '9000', '--data', 'many.txt', '--quiet'];
    const command = (folder: string) => [
      'distill',
      ...how,
      ...more,
      '--outputs',
      folder,
      '-o',
      `${folder}-run`,
    ];
    const names = (folder: string) =>
      readdir(at(folder)).then(
        (all) => all.filter((name) => name.endsWith('.parquet')),
        () => [],
      );
    for (const signal of ['SIGKILL', 'SIGINT'] as const) {
      const child = start(command(signal.toLowerCase()), { cwd: at() });
      const done = ended(child);
      while ((await names(signal.toLowerCase())).length === 0 && child.exitCode === null) {
        await new Promise((wake) => setTimeout(wake, 5));
      }
      child.kill(signal);
      const { code, stderr, stdout } = await done;
      expect(stdout).toBe('');
      const kept = await names(signal.toLowerCase());
      expect(kept.length).toBeGreaterThan(0);
      expect(kept.length).toBeLessThan(3);
      if (signal === 'SIGKILL') continue;
      expect(code).toBe(130);
      expect(stderr).toMatch(
        /the teacher was stopped after [\d,]+ of 9,000 texts; what it said is in sigint; to go on: hashformer distill /,
      );
    }
    const [one] = await names('sigkill');
    const { mtimeMs } = await stat(at('sigkill', one!));
    const rest = await run(command('sigkill'));
    expect(rest).toMatchObject({ code: 0 });
    expect(await names('sigkill')).toHaveLength(3);
    expect((await stat(at('sigkill', one!))).mtimeMs).toBe(mtimeMs);
    expect(rest.stdout).toContain('hashformer classify --model sigkill-run/last "a text"');
  });

  it('holds texts out where there are no labels', async () => {
    const data = [
      '--data',
      'more.txt',
      '--hold-out',
      '0.1',
      '--epochs',
      '1',
      '--loss',
      'kl',
      '--temperature',
      '3',
    ];
    const { code, stdout, stderr } = await run([
      'distill',
      ...TEACHER,
      ...STUDENT,
      ...data,
      '-o',
      'loss',
      '--json',
    ]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('dev: 10 texts held out')]);
    expect(JSON.parse(stdout)).toMatchObject({ metric: 'loss', model: 'loss/best', metrics: null });
    const events = linesOf(await readFile(at('loss', 'metrics.jsonl'), 'utf8'));
    const evaluation = events.find(({ type }) => type === 'evaluation');
    expect(evaluation!.metrics).toEqual({ loss: evaluation!.loss });
    expect(await readFile(at('loss', 'report.html'), 'utf8')).toContain('held out');
  });

  it('says in a sentence what is wrong, and writes no model', async () => {
    await writeFile(at('other.csv'), 'text,label\na film,fine\n');
    await mkdir(at('damaged'));
    const kept = await readFile(at('outputs', 'teacher-00000.parquet'));
    await writeFile(at('damaged', 'teacher-00000.parquet'), kept.subarray(0, 900));
    const more = [...STUDENT, '--data', 'more.txt'];
    const cases: [string[], number, RegExp][] = [
      [[...TEACHER, ...STUDENT], 2, /name labelled or unlabelled texts/],
      [more, 2, /a teacher, or a folder of its outputs/],
      [
        [...TEACHER, ...STUDENT, '--train', 'other.csv'],
        1,
        /line 2: the label "fine" is none of .*"neg", "pos"/,
      ],
      [[...TEACHER, ...more, '--outputs', 'outputs'], 1, /other texts/],
      [[...REST, '--outputs', 'damaged'], 1, /remove it to have them computed again/],
      [[...REST, '--outputs', 'nowhere'], 1, /nowhere lacks teacher-00000\.parquet.*--teacher/],
      [['--teacher', 'student/best', ...REST, '--outputs', 'outputs'], 1, /another teacher/],
      [['--teacher', 'sentence', ...more], 1, /classif/],
      [[...TEACHER, ...more, '--metric', 'accuracy', '--hold-out', '0.1'], 2, /metric .*"loss"/],
      [[...TEACHER, ...more, '--loss', 'mse'], 2, /squared-error, kl/],
      [[...TEACHER, '--student', 'teacher/best', '--variant', 'emb', '--data', 'more.txt'], 2, /--variant/],
      [
        [...TEACHER, ...more, '--train', 'train.csv', '--dev', 'train.csv', '--hold-out', '0.1'],
        2,
        /cannot be used/,
      ],
    ];
    for (const [args, code, message] of cases) {
      const [got, text] = sentence(await run(['distill', ...args, '-o', 'bad', '--quiet']));
      expect([got, text], args.join(' ')).toEqual([code, expect.stringMatching(message)]);
    }
    await expect(readdir(at('bad'))).rejects.toThrow();
  });

  it('explains itself', async () => {
    const { code, stdout } = await run(['distill', '--help']);
    expect(code).toBe(0);
    for (const word of ['--label-weight <x>', '--temperature <x>', '(default: cosine)', 'texts of a step']) {
      expect(stdout).toContain(word);
    }
    for (const text of stdout.split('\n')) expect(text.length).toBeLessThanOrEqual(100);
  });
});
