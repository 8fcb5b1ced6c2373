import { execFileSync, spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TrainingEvent } from '../../src/train/report/events.ts';
import { itUnless, needsModes, needsMount, needsPosix } from '../needs.ts';
import { CLI, ended, hashformer, linesOf, type Result, rowsOf, start, temporaryFolder } from './run.ts';
import { reviews } from './training-data.ts';

const at = await temporaryFolder();
const PRESET = ['--preset', 'tiny', '--max-length', '16'];
const DATA = ['--train', 'train.csv', '--dev', 'dev.csv'];
const HOW = ['--epochs', '6', '--evaluate-every', '10', '--batch-size', '16', '--seed', '3'];
const GO = ['finetune', ...PRESET, ...DATA, ...HOW];

const run = (args: readonly string[]) => hashformer(args, { cwd: at() });
const model = (name: string, kind = 'last') => readFile(at(name, kind, 'model.safetensors'));

async function eventsOf(name: string): Promise<TrainingEvent[]> {
  return linesOf(await readFile(at(name, 'metrics.jsonl'), 'utf8')) as never;
}

/** Waits until a run that is going on has made so many steps, and sends it a signal. */
async function stopped(args: readonly string[], name: string, steps: number, signal: NodeJS.Signals) {
  const child = start(args, { cwd: at() });
  const result = ended(child);
  const count = async () => {
    const lines = await readFile(at(name, 'metrics.jsonl'), 'utf8').catch(() => '');
    return lines.split('"type":"step"').length - 1;
  };
  while ((await count()) < steps && child.exitCode === null) await new Promise((wake) => setTimeout(wake, 5));
  child.kill(signal);
  return result;
}

/** What a command that fails says, on its one line or two. */
function sentence({ code, stdout, stderr }: Result): [number | null, string] {
  expect(stdout).toBe('');
  expect(stderr).not.toContain('internal');
  return [code, stderr.split('\n').find((line) => line.startsWith('hashformer: error')) ?? stderr];
}

let unbroken: Result;
beforeAll(async () => {
  await writeFile(at('train.csv'), reviews(160, 1));
  await writeFile(at('dev.csv'), reviews(40, 2));
  unbroken = await run([...GO, '--out', 'run']);
});

describe('finetune', () => {
  it('trains from nothing to a model that classify loads, and says what to type next', async () => {
    expect([unbroken.code, unbroken.stderr]).toEqual([0, expect.stringContaining('finished after 60 steps')]);
    expect(unbroken.stdout).toMatch(
      /^steps +60, .* s\nbest accuracy +(1|0\.9\d*)\ndev +accuracy .*\nmodel +run\/best\n/,
    );
    expect(unbroken.stdout).toContain('hashformer classify --model run/best "a text"');
    expect((await readdir(at('run'))).sort()).toEqual([
      ...['best', 'evaluation.json', 'last', 'metrics.jsonl', 'report.html'],
    ]);
    const [row] = await rowsOf(['classify', 'a superb film', '--model', at('run', 'best')]);
    expect(row).toMatchObject({ text: 'a superb film', label: 'pos' });
  });

  it('reports the best model, not the last', async () => {
    const evaluations = (await eventsOf('run')).filter((event) => event.type === 'evaluation');
    const best = evaluations.filter((event) => event.best).at(-1)!;
    const report = JSON.parse(await readFile(at('run', 'evaluation.json'), 'utf8'));
    expect(report.metrics).toEqual(best.metrics);
    const { stdout } = await run(['evaluate', '--model', 'run/best', '--data', 'dev.csv', '--json']);
    const { loss, ...metrics } = JSON.parse(stdout).metrics;
    expect(metrics).toEqual(best.metrics);
    expect(loss).toBe(best.loss);
    expect(best.step).toBeLessThan(60);
  });

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'goes on after %s to the same weights, bit for bit',
    async (signal) => {
      const args = [...GO, '--out', signal];
      const { code, stderr } = await stopped(args, signal, 23, signal);
      if (signal === 'SIGINT') {
        expect(code).toBe(130);
        expect(stderr).toMatch(
          /stopped after step \d\d; the checkpoint is in SIGINT\/last; to go on: hashformer finetune /,
        );
        expect(stderr).toContain('--out SIGINT --resume\n');
      } else expect(code).toBeNull();
      const again = await run([...args, '--resume', '--json', '--quiet']);
      expect([again.code, again.stderr]).toEqual([0, '']);
      expect(JSON.parse(again.stdout)).toMatchObject({
        reason: 'finished',
        steps: 60,
        labels: ['neg', 'pos'],
      });
      for (const kind of ['last', 'best']) {
        expect((await model(signal, kind)).equals(await model('run', kind)), kind).toBe(true);
      }
      const numbers = (events: TrainingEvent[]) =>
        events.flatMap((event) => (event.type === 'step' ? [[event.step, event.loss]] : []));
      expect(numbers(await eventsOf(signal))).toEqual(numbers(await eventsOf('run')));
    },
  );

  it('touches no run that is there, and goes on with the same options only', async () => {
    const before = await model('run');
    expect(sentence(await run([...GO, '--out', 'run']))).toEqual([
      2,
      expect.stringMatching(/run holds a run already; .*--resume/),
    ]);
    const other = await run([...GO, '--out', 'run', '--resume', '--learning-rate', '0.01']);
    expect(sentence(other)).toEqual([
      2,
      expect.stringMatching(/made with 0.001 for "learningRate", but now it is 0.01/),
    ]);
    expect(before.equals(await model('run'))).toBe(true);
    const done = await run([...GO, '--out', 'run', '--resume', '--json']);
    expect(JSON.parse(done.stdout)).toMatchObject({ reason: 'finished', steps: 60 });
    expect(before.equals(await model('run'))).toBe(true);
  });

  it('gives the same weights twice with two workers', async () => {
    const how = [...GO, '--epochs', '2', '--workers', '2', '--quiet', '--out'];
    await Promise.all([run([...how, 'w1']), run([...how, 'w2'])]);
    expect((await model('w1')).equals(await model('w2'))).toBe(true);
    expect((await model('w1')).equals(await model('run'))).toBe(false);
  });

  itUnless(needsPosix, 'outlives its terminal in the background', async () => {
    const { code, stderr } = await stopped([...GO, '--epochs', '2', '--out', 'hup'], 'hup', 3, 'SIGHUP');
    expect([code, stderr]).toEqual([0, expect.stringContaining('finished after 20 steps')]);
  });

  it('learns scores, several labels, and labels of words', async () => {
    const score = Array.from({ length: 24 }, (_, i) => `the ${i % 2 ? 'good' : 'bad'} film,${i % 2}.5\n`);
    await writeFile(at('score.csv'), `text,score\n${score.join('')}`);
    const several = Array.from({ length: 24 }, (_, i) => ({
      text: `film ${i % 3}`,
      labels: i % 3 ? ['a', 'b'] : [],
    }));
    await writeFile(at('several.jsonl'), several.map((row) => JSON.stringify(row)).join('\n'));
    const words = Array.from({ length: 24 }, (_, i) => `Ann met ${i}\tPER O O\n`);
    await writeFile(at('words.tsv'), `tokens\ttags\n${words.join('')}`);
    // The last by the name that it had once.
    for (const [task, file, metric, name] of [
      ['regression', 'score.csv', 'mse', 'regression'],
      ['multi-label-classification', 'several.jsonl', 'loss', 'multi-label-classification'],
      ['token', 'words.tsv', 'f1_micro', 'token-classification'],
    ] as const) {
      const options = ['--train', file, '--hold-out', '0.25', '--task', task, '--metric', metric];
      const { code, stdout, stderr } = await run([
        'finetune',
        ...PRESET,
        ...options,
        '--out',
        task,
        '--json',
      ]);
      expect([code, stderr], task).toEqual([0, expect.stringContaining('6 examples held out of train')]);
      expect(JSON.parse(stdout)).toMatchObject({ metric, model: `${task}/best` });
      const evaluated = await run(['evaluate', '--model', `${task}/best`, '--data', file, '--json']);
      expect(JSON.parse(evaluated.stdout)).toMatchObject({ task: name, examples: 24 });
    }
  });
});

describe('evaluate', () => {
  it('prints metrics and a confusion matrix, and writes predictions', async () => {
    const shown = await run([
      'evaluate',
      '--model',
      'run/best',
      '--data',
      'dev.csv',
      '--predictions',
      'out.csv',
    ]);
    expect([shown.code, shown.stderr]).toEqual([0, '']);
    expect(shown.stdout).toMatch(/^examples +40\naccuracy +[\d.]+\nf1 /);
    expect(shown.stdout).toMatch(/gold \\ predicted +neg +pos\nneg +\d+ +\d+\npos +\d+ +\d+\n/);
    const lines = (await readFile(at('out.csv'), 'utf8')).trim().split('\n');
    expect([lines.length, lines[0]]).toEqual([41, 'text,label,predicted,score']);
    const right = lines.filter((line) => /,(\w+),\1,/.test(line)).length;
    expect(shown.stdout).toMatch(new RegExp(`^accuracy +${right / 40}$`, 'm'));
  });

  it('shows the most wrong examples, and takes other names for the labels', async () => {
    // The other way around: all that was right is wrong.
    const args = ['evaluate', '--model', 'run/best', '--data', 'dev.csv', '--labels', 'pos,neg'];
    const { stdout } = await run([...args, '--worst', '3', '--json']);
    const { worst, metrics } = JSON.parse(stdout);
    expect(metrics.accuracy).toBeLessThan(0.1);
    expect(worst).toHaveLength(3);
    expect(worst[0].loss).toBeGreaterThanOrEqual(worst[1].loss);
    const table = await run([...args, '--worst', '2']);
    expect(table.stdout).toMatch(/\n +loss +gold +predicted +text\n/);
  });

  it('says which labels it knows', async () => {
    await writeFile(at('other.csv'), 'text,label\na film,fine\n');
    const unknown = await run(['evaluate', '--model', 'run/best', '--data', 'other.csv']);
    expect(sentence(unknown)).toEqual([
      1,
      expect.stringMatching(/line 2: the label "fine" is none of the known ones, "neg", "pos"/),
    ]);
    const named = await run(['evaluate', '--model', 'run/best', '--data', 'dev.csv', '--labels', 'a,b,c']);
    expect(sentence(named)).toEqual([2, expect.stringContaining('has 2 labels, but --labels names 3')]);
  });
});

describe('what finetune cannot train on', () => {
  const cases: [string, string | Uint8Array | null, string[], number, RegExp][] = [
    ['a missing file', null, [], 1, /There is no file "bad.csv"/],
    ['a missing column', 'a,b\nx,y\n', ['--label-column', 'c'], 2, /no column "c"/],
    [
      'the wrong delimiter',
      'text;label\na;b\nc;d\n',
      [],
      2,
      /look as if ";" were between them: name it with --delimiter/,
    ],
    ['one class', 'text,label\na,x\nb,x\n', [], 1, /has one class only, "x"/],
    ['no rows', 'text,label\n', [], 1, /has no rows/],
    [
      'broken UTF-8',
      Buffer.concat([Buffer.from('text,label\na,x\n'), Buffer.of(0xff, 0xfe, 10)]),
      [],
      1,
      /UTF-8/,
    ],
    [
      'no number to learn',
      'text,label\na,x\nb,1\n',
      ['--task', 'regression'],
      1,
      /line 2: expected a number to learn/,
    ],
    [
      'f1 of three',
      'text,label\na,x\nb,y\nc,z\n',
      ['--metric', 'f1'],
      2,
      /"f1" is of two classes, and these have 3/,
    ],
  ];
  it.each(cases)('%s', async (_, content, options, code, what) => {
    if (content !== null) await writeFile(at('bad.csv'), content);
    const result = await run(['finetune', ...PRESET, '--train', 'bad.csv', ...options, '--out', 'nothing']);
    expect(sentence(result)).toEqual([code, expect.stringMatching(what)]);
    expect(await readdir(at())).not.toContain('nothing');
  });

  it('a label that only dev has', async () => {
    await writeFile(at('more.csv'), 'text,label\na film,pos\na plot,so-so\n');
    const result = await run([
      'finetune',
      ...PRESET,
      '--train',
      'train.csv',
      '--dev',
      'more.csv',
      '--out',
      'nothing',
    ]);
    expect(sentence(result)).toEqual([
      1,
      expect.stringMatching(/more.csv", line 3: the label "so-so" is none of/),
    ]);
  });

  it.each([
    [['--task', 'fun'], /'--task <name>' argument 'fun' is invalid/],
    [['--metric', 'fun'], /'--metric <name>' argument 'fun' is invalid/],
    [
      ['--task', 'regression', '--metric', 'f1'],
      /The metric must be one of .*"pearson", "spearman", "mse", "loss"/,
    ],
    [['--dropout', '1'], /Expected a number from 0 to below 1/],
    [['--schedule', 'linear', '--cycles', '3'], /--cycles goes with cosine schedules/],
    [['--task', 'token', '--class-weights', 'balanced'], /Class weights need the task "text-classification"/],
    [['--hold-out', '2'], /Expected a number between 0 and 1/],
    [['--model', 'sentiment'], /'--preset <name>' cannot be used with option '-m, --model/],
  ] as const)('options %j, before it reads a row', async (options, what) => {
    const result = await run(['finetune', ...PRESET, '--train', 'none.csv', ...options, '--out', 'nothing']);
    expect(sentence(result)).toEqual([2, expect.stringMatching(what)]);
  });

  it('what a model does not fit, before it reads a row', async () => {
    const args = ['finetune', '--train', 'none.csv', '--out', 'nothing'];
    const of = async (...options: string[]) => sentence(await run([...args, ...options]))[1];
    expect(await of()).toMatch(/Name a --model, or a --preset/);
    expect(await of('--model', 'sentiment', '--hash', 'md5')).toMatch(/--hash goes with --preset/);
    expect(await of('--model', 'sentiment', '--max-length', '70')).toMatch(
      /must be a whole number from 4 to 64/,
    );
    expect(await of('--model', 'no-such')).toMatch(/config\.json/);
    expect(await of('--preset', 'tiny', '--variant', 'vocab')).toMatch(/name a tokenizer.json/);
  });

  it('a loss that is not finite: says what to try, and keeps the checkpoint', async () => {
    const args = ['finetune', ...PRESET, '--train', 'train.csv', '--learning-rate', '1e30', '--warmup', '0'];
    const result = await run([...args, '--clip-norm', '1e30', '--out', 'wild']);
    expect(sentence(result)).toEqual([
      1,
      expect.stringMatching(/not finite at step \d+: try a lower learning rate/),
    ]);
  });
});

describe('a damaged or full disk', () => {
  it('is no run to go on with', async () => {
    for (const pattern of [/^model\.safetensors$/, /^trainer-\d+\.safetensors$/, /^trainer-\d+\.json$/]) {
      await cp(at('run'), at('damaged'), { recursive: true });
      const name = (await readdir(at('damaged', 'last'))).find((file) => pattern.test(file))!;
      const file = at('damaged', 'last', name);
      const bytes = await readFile(file);
      bytes[bytes.length - 20]! ^= 1;
      await writeFile(file, bytes);
      const result = await run([...GO, '--out', 'damaged', '--resume']);
      expect(sentence(result)).toEqual([1, expect.stringMatching(/is damaged.*checksum/)]);
      expect((await readFile(file)).equals(bytes)).toBe(true);
    }
  });

  it('leaves a file in the place of the folder alone', async () => {
    expect(sentence(await run([...GO, '--out', 'dev.csv']))).toEqual([
      1,
      expect.stringContaining('dev.csv is not a folder'),
    ]);
    expect(await readFile(at('dev.csv'), 'utf8')).toBe(reviews(40, 2));
  });

  itUnless(needsMount(), 'keeps the checkpoint before, and goes on when there is room', async () => {
    await mkdir(at('small'));
    const go = (...more: string[]) =>
      [process.execPath, CLI, ...GO, '--quiet', '--out', 'small/run', ...more]
        .map((word) => `"${word}"`)
        .join(' ');
    const mount = (options: string) => `mount -o remount,${options} "${at('small')}"`;
    // A checkpoint takes 8 MB, and the best model 3: one of each fits, a second beside it does not.
    const script = `mount -t tmpfs -o size=15m none "${at('small')}"
      ${go()}; echo "code $?" >&2; ${mount('ro')}; ${go('--resume')}; echo "code $?" >&2
      ${mount('rw,size=60m')}; ${go('--resume')}; echo "code $?" >&2; cp small/run/last/model.safetensors after`;
    const { stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script], { cwd: at(), encoding: 'utf8' });
    const [full, readOnly, rest] = stderr
      .split(/code (?=\d)/)
      .map((part, i) => (i === 0 ? part : part.slice(2)));
    expect(full).toMatch(/not written; the checkpoint before it is kept: .*ENOSPC/);
    expect(full).toMatch(/the checkpoint of step \d+ is kept in small\/run\/last/);
    expect(readOnly).toMatch(/error \(source\): .*could not be written: E(ROFS|ACCES)/);
    expect(rest).toBe('');
    expect(stderr.match(/code \d/g)).toEqual(['code 1', 'code 1', 'code 0']);
    expect((await readFile(at('after'))).equals(await model('run'))).toBe(true);
  });

  itUnless(needsModes, 'says that it may not write there', async () => {
    await mkdir(at('locked'));
    execFileSync('chmod', ['555', at('locked')]);
    const result = await run([...GO, '--out', 'locked/run']);
    expect(sentence(result)).toEqual([1, expect.stringMatching(/locked.* could not be written: EACCES/)]);
  });
});
