import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { hashformer, temporaryFolder } from './run.ts';
import { writePairs } from './training-data.ts';

const at = await temporaryFolder();
const run = (args: readonly string[]) => hashformer(args, { cwd: at() });
const GO = ['glue', '--preset', 'tiny', '--max-length', '16', '--data', 'glue', '--epochs', '1'];

beforeAll(async () => {
  for (const folder of ['RTE', 'STS-B_partial', 'WNLI']) await mkdir(at('glue', folder), { recursive: true });
  const classes = Array.from({ length: 24 }, (_, i) => (i % 2 ? 'entailment' : 'not_entailment'));
  const scores = Array.from({ length: 24 }, (_, i) => (i % 6) / 2);
  for (const [split, count] of [
    ['train', 24],
    ['dev', 10],
  ] as const) {
    await writePairs(at('glue', 'RTE', `${split}.tsv`), 'label', classes.slice(0, count));
    await writePairs(at('glue', 'STS-B_partial', `${split}.tsv`), 'score', scores.slice(0, count));
  }
  await writePairs(at('glue', 'WNLI', 'dev.tsv'), 'label', [0, 1]);
});

it('trains every task with every seed, and says what its sets are', async () => {
  const { code, stdout, stderr } = await run([...GO, '--seeds', '2', '--out', 'all', '--quiet']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^task +set +metric +mean +± sd +seeds\n/);
  expect(stdout).toMatch(/^STS-B +dev +pearson +-?\d\.\d{4} +\d\.\d{4} +2$/m);
  expect(stdout).toMatch(/^STS-B +dev +spearman /m);
  expect(stdout).toMatch(/^RTE +dev +accuracy +\d\.\d{4} +\d\.\d{4} +2$/m);
  expect(stdout).toMatch(/^RTE +train +partial: 24 of 2,490$/m);
  expect(stdout).toMatch(/^STS-B +dev +partial: 10 of 1,500$/m);
  expect(stdout).toContain('WNLI was skipped: the folder has no train set of it');
  const { runs } = JSON.parse(await readFile(at('all', 'results.json'), 'utf8'));
  expect(runs.map(({ task, seed }: { task: string; seed: number }) => [task, seed])).toEqual([
    ['STS-B', 0],
    ['STS-B', 1],
    ['RTE', 0],
    ['RTE', 1],
  ]);
  const evaluation = JSON.parse(await readFile(at('all', 'RTE', 'seed-1', 'evaluation.json'), 'utf8'));
  expect(evaluation.metrics.accuracy).toBe(runs[3].dev.dev.accuracy);
  expect(await readFile(at('all', 'RTE', 'seed-1', 'report.html'), 'utf8')).toContain('partial: 24 of 2,490');
});

it('does nothing twice, and refuses results of other settings', async () => {
  const again = await run([...GO, '--seeds', '3', '--out', 'all', '--tasks', 'rte', '--resume', '--json']);
  expect(again.code).toBe(0);
  expect(again.stderr.match(/^RTE, seed \d/gm)).toEqual(['RTE, seed 2']);
  const { scores } = JSON.parse(again.stdout);
  const rte = scores.find(({ task }: { task: string }) => task === 'RTE');
  expect(rte.values).toHaveLength(3);
  const mean = rte.values.reduce((sum: number, value: number) => sum + value, 0) / 3;
  const squares = rte.values.reduce((sum: number, value: number) => sum + (value - mean) ** 2, 0);
  expect(rte.mean).toBeCloseTo(mean, 12);
  expect(rte.deviation).toBeCloseTo(Math.sqrt(squares / 2), 12);
  const plain = await run([...GO, '--out', 'all']);
  expect([plain.code, plain.stderr]).toEqual([2, expect.stringContaining('all holds results already')]);
  const other = await run([...GO, '--out', 'all', '--resume', '--dropout', '0']);
  expect([other.code, other.stderr]).toEqual([
    2,
    expect.stringMatching(/made with nothing for "dropout", but now it is 0/),
  ]);
});

it('measures the model that is best on a part of train', async () => {
  const args = [...GO, '--seeds', '1', '--tasks', 'RTE', '--hold-out', '0.25', '--out', 'held', '--quiet'];
  expect((await run(args)).code).toBe(0);
  expect(await readFile(at('held', 'RTE', 'seed-0', 'best', 'config.json'), 'utf8')).toContain('entailment');
});

it('says what a folder lacks', async () => {
  const absent = await run([...GO, '--tasks', 'CoLA', '--out', 'x']);
  expect([absent.code, absent.stderr]).toEqual([
    2,
    expect.stringContaining('glue has no CoLA; it has STS-B, RTE, WNLI'),
  ]);
  const unknown = await run([...GO, '--tasks', 'SQuAD', '--out', 'x']);
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringContaining('Expected names of CoLA, SST-2'),
  ]);
  await mkdir(at('empty'));
  await writeFile(at('empty', 'a.txt'), '');
  const empty = await run(['glue', '--preset', 'tiny', '--data', 'empty', '--out', 'x']);
  expect([empty.code, empty.stderr]).toEqual([1, expect.stringContaining("holds none of GLUE's tasks")]);
});
