import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findGlue, readGlue } from '../../src/train/glue/folder.ts';
import { GLUE_TASKS, type GlueName, glueTask } from '../../src/train/glue/tasks.ts';
import { measure } from '../../src/train/metric/measure.ts';
import { emptyFolder, failure } from '../helpers.ts';

const glue = await mkdtemp(join(tmpdir(), 'hashformer-glue-'));
afterAll(() => rm(glue, { recursive: true, force: true }));

/** Invented rows in the official formats: quotes are characters, and one row of QQP lacks columns. */
const MNLI_HEADER =
  'index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_parse\tsentence1\tsentence2\tlabel1\tgold_label';
const mnli = (index: number, first: string, second: string, label: string) =>
  `${index}\t31\t31n\tfiction\t( a )\t( b )\t(ROOT a)\t(ROOT b)\t${first}\t${second}\t${label}\t${label}`;
const FILES: Record<string, string[]> = {
  'CoLA/train.tsv': ['xx01\t1\t\tThe cat "slept.', 'xx01\t0\t*\tCat the slept.'],
  'CoLA/dev.tsv': ['xx02\t1\t\tWe ate.'],
  'SST-2/train.tsv': ['sentence\tlabel', 'a dull " film \t0', 'so much fun \t1', '"quoted" words \t1'],
  'SST-2/dev.tsv': ['sentence\tlabel', 'fine \t1'],
  'MRPC/train.tsv': [
    '\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String',
    '1\t10\t11\t" It rose , " he said .\tHe said : " It rose .',
    '0\t12\t13\tIt fell .\tHe left .',
  ],
  'MRPC/dev.tsv': ['Quality\t#1 ID\t#2 ID\t#1 String\t#2 String', '1\t1\t2\tA .\tB .'],
  'STS-B/train.tsv': [
    'index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore',
    '0\tmain\tx\t2012\t0001\tnone\tnone\tA dog runs.\tA dog is running.\t4.750',
  ],
  'QQP_partial/train.tsv': [
    'id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate',
    '1\t2\t3\tWhat is "it?\tWhat is it?\t1',
    '4\t5\t6\tbroken row',
    '7\t8\t9\tWho?\tWhere?\t0',
  ],
  'QQP_partial/dev.tsv': ['id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate', '1\t2\t3\tA?\tB?\t0'],
  'MNLI/train.tsv': [
    MNLI_HEADER,
    mnli(0, 'It rains.', 'It is wet.', 'entailment'),
    mnli(1, 'a', 'b', 'contradiction'),
  ],
  'MNLI/dev_matched.tsv': [MNLI_HEADER, mnli(0, 'a', 'b', 'neutral')],
  'MNLI_partial/dev_matched_1k.tsv': ['index\tsentence1\tsentence2\tgold_label', '0\tworse\tset\tneutral'],
  'MNLI_partial/dev_mismatched_1k.tsv': ['index\tsentence1\tsentence2\tgold_label', '0\tc\td\tcontradiction'],
  'QNLI/dev.tsv': ['index\tquestion\tsentence\tlabel', '0\tWho?\tShe did.\tentailment'],
  'QNLI_substitute/train.tsv': ['index\tquestion\tsentence\tlabel', '0\twho ?\tthey did .\tnot_entailment'],
  'QNLI_partial/train.tsv': ['index\tquestion\tsentence\tlabel', '0\tWho?\tHe did.\tentailment'],
  'RTE/train.tsv': ['index\tsentence1\tsentence2\tlabel', '0\tA is B.\tB is A.\tnot_entailment'],
  'WNLI/dev.tsv': ['index\tsentence1\tsentence2\tlabel', '0\tA saw B. He left.\tA left.\t1'],
  'diagnostic/diagnostic.tsv': ['index\tsentence1\tsentence2', '0\ta\tb'],
};
for (const [name, lines] of Object.entries(FILES)) {
  await mkdir(dirname(join(glue, name)), { recursive: true });
  await writeFile(join(glue, name), `${lines.join('\n')}\n`);
}

describe('GLUE', () => {
  it('finds what a folder has', async () => {
    const found = await findGlue(glue);
    expect(found.map(({ task }) => task.name)).toEqual([...GLUE_TASKS]);
    const files = Object.fromEntries(
      found.map(({ task, train, dev }) => [
        task.name,
        [train.map(({ set }) => set), dev.map(({ set, split }) => `${set} ${split.name}`)],
      ]),
    );
    expect(files).toMatchObject({
      CoLA: [['CoLA'], ['CoLA dev']],
      'STS-B': [['STS-B'], []],
      QQP: [['QQP_partial'], ['QQP_partial dev']],
      MNLI: [['MNLI'], ['MNLI dev_matched', 'MNLI_partial dev_mismatched']],
      QNLI: [['QNLI_partial', 'QNLI_substitute'], ['QNLI dev']],
    });
  });

  it('reads every task in its official format', async () => {
    const trains: Partial<Record<GlueName, unknown[]>> = {};
    for (const name of GLUE_TASKS) trains[name] = (await readGlue(glue, name)).train?.examples ?? [];
    expect(trains).toEqual({
      CoLA: [
        { text: 'The cat "slept.', label: 1 },
        { text: 'Cat the slept.', label: 0 },
      ],
      'SST-2': [
        { text: 'a dull " film ', label: 0 },
        { text: 'so much fun ', label: 1 },
        { text: '"quoted" words ', label: 1 },
      ],
      MRPC: [
        { text: ['" It rose , " he said .', 'He said : " It rose .'], label: 1 },
        { text: ['It fell .', 'He left .'], label: 0 },
      ],
      'STS-B': [{ text: ['A dog runs.', 'A dog is running.'], label: 4.75 }],
      QQP: [
        { text: ['What is "it?', 'What is it?'], label: 1 },
        { text: ['Who?', 'Where?'], label: 0 },
      ],
      MNLI: [
        { text: ['It rains.', 'It is wet.'], label: 0 },
        { text: ['a', 'b'], label: 2 },
      ],
      QNLI: [{ text: ['Who?', 'He did.'], label: 0 }],
      RTE: [{ text: ['A is B.', 'B is A.'], label: 1 }],
      WNLI: [],
    });
    const { dev } = await readGlue(glue, 'MNLI');
    expect(dev.map(({ file, examples }) => [file.split.name, examples])).toEqual([
      ['dev_matched', [{ text: ['a', 'b'], label: 1 }]],
      ['dev_mismatched', [{ text: ['c', 'd'], label: 2 }]],
    ]);
  });

  it('says how complete sets are, and which rows were skipped', async () => {
    const qqp = await readGlue(glue, 'QQP');
    expect(qqp.train!.status).toBe('partial: 2 of 363,846');
    expect(qqp.train!.summary).toMatchObject({ rows: 3, used: 2, uneven: 1 });
    expect(qqp.train!.summary.notes).toContain(
      '1 of 3 rows have too few or too many columns and were skipped.',
    );
    const qnli = await readGlue(glue, 'QNLI', { trainSet: 'QNLI_substitute' });
    expect(qnli.train!.status).toBe('substitute: 1 rows in place of the official 104,743');
    expect(qnli.dev[0]!.status).toBe('partial: 1 of 5,463');
    const folder = await emptyFolder();
    await mkdir(join(folder, 'wnli'));
    const rows = (count: number) =>
      Array.from({ length: count }, (_, i) => `${i}\ta ${i}\tb\t${i % 2}\n`).join('');
    await writeFile(join(folder, 'wnli', 'dev.tsv'), `index\tsentence1\tsentence2\tlabel\n${rows(71)}`);
    await writeFile(join(folder, 'wnli', 'train.tsv'), `index\tsentence1\tsentence2\tlabel\n${rows(636)}`);
    const wnli = await readGlue(folder, 'WNLI');
    expect(wnli.dev[0]!.status).toBe('official: 71 rows');
    expect(wnli.train!.status).toBe('not official: 636 rows where the official set has 635');
  });

  it('names metrics that exist', () => {
    for (const name of GLUE_TASKS) {
      const { task, labels = [], metrics } = glueTask(name);
      expect(measure(task, [0, 1], [0, 1], labels).metrics, name).toMatchObject(
        Object.fromEntries(metrics.map((metric) => [metric, expect.closeTo(1)])),
      );
    }
  });

  it('says what is missing', async () => {
    const empty = await emptyFolder();
    expect((await failure(() => findGlue(empty), 'source')).message).toContain("none of GLUE's tasks");
    expect((await failure(() => findGlue(join(empty, 'no')), 'source')).message).toContain('as a folder');
    expect((await failure(() => readGlue(empty, 'RTE'), 'source')).message).toContain('no folder RTE');
    const unknown = await failure(() => readGlue(glue, 'SNLI' as GlueName), 'argument');
    expect(unknown.message).toContain('got "SNLI"');
    const set = await failure(() => readGlue(glue, 'QNLI', { trainSet: 'QNLI' }), 'argument');
    expect(set.message).toContain('no train set "QNLI" of QNLI; it has QNLI_partial, QNLI_substitute.');
  });
});
